/** Tests of the image service. */
@NullMarked
package io.crij.image;

import org.jspecify.annotations.NullMarked;
