/** Tests of the image service. */
@NullMarked
package io.crij.image.registry;

import org.jspecify.annotations.NullMarked;
