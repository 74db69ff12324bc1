/** Devices by name: the Container Device Interface, whose files say what a device needs in a container. */
@NullMarked
package io.crij.container.cdi;

import org.jspecify.annotations.NullMarked;
