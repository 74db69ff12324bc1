/**
 * Containers: create, start, stop, remove, status, list, exec. One class per RPC; what is on disk is a
 * {@link io.crij.container.ContainerRecord}, what is asked for all the time is answered from memory.
 */
@NullMarked
package io.crij.container;

import org.jspecify.annotations.NullMarked;
