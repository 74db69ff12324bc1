/** How images and their parts are named: references, digests, descriptors. */
@NullMarked
package io.crij.image.content;

import org.jspecify.annotations.NullMarked;
