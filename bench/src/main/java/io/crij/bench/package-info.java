/** Measurements of a running daemon through its socket. */
@NullMarked
package io.crij.bench;

import org.jspecify.annotations.NullMarked;
