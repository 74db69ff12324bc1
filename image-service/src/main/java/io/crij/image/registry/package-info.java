/**
 * The client's side of the OCI distribution specification: which servers to ask, how to log in, how to reach them. It knows nothing
 * of what is in an image nor of the disk.
 */
@NullMarked
package io.crij.image.registry;

import org.jspecify.annotations.NullMarked;
