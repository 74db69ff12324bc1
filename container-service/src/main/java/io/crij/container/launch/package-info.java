/** From what CRI, image and node say to a launch plan: pure code, without root. */
@NullMarked
package io.crij.container.launch;

import org.jspecify.annotations.NullMarked;
