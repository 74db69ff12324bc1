/** Tests of the image service. */
@NullMarked
package io.crij.image.trust;

import org.jspecify.annotations.NullMarked;
