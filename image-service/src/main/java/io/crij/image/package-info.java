/** Images: references, registry client, layers, unpack, catalogue. Everything that a registry sends is hostile until checked. */
@NullMarked
package io.crij.image;

import org.jspecify.annotations.NullMarked;
