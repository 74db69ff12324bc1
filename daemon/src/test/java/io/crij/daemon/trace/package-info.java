@NullMarked
package io.crij.daemon.trace;

import org.jspecify.annotations.NullMarked;
