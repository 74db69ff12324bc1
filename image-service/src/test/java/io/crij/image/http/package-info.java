/** Tests of the image service. */
@NullMarked
package io.crij.image.http;

import org.jspecify.annotations.NullMarked;
