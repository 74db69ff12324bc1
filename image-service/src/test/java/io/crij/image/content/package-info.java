/** Tests of the image service. */
@NullMarked
package io.crij.image.content;

import org.jspecify.annotations.NullMarked;
