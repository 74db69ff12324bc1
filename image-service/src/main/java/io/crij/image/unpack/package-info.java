/**
 * From a layer's bytes to its folder: inflate, check, read the archive, write the tree in overlayfs' form. Everything that comes
 * in here was written by a stranger.
 */
@NullMarked
package io.crij.image.unpack;

import org.jspecify.annotations.NullMarked;
