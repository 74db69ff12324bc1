/** Inflating with a library of the host that is faster than the JDK's zlib, where there is one. */
@NullMarked
package io.crij.helper.inflate;

import org.jspecify.annotations.NullMarked;
