@NullMarked
package io.crij.image.unpack;

import org.jspecify.annotations.NullMarked;
