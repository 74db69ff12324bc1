/** Hooks of the OCI runtime specification: where they come from, and how they are run around the launch of a container. */
@NullMarked
package io.crij.container.hooks;

import org.jspecify.annotations.NullMarked;
