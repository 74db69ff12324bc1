/** The process that kubelet talks to: it builds every part, serves the socket and goes down in order. */
@NullMarked
package io.crij.daemon;

import org.jspecify.annotations.NullMarked;
