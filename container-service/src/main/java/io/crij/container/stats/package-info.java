/** What containers and pods use: read when it is asked for, from control groups, namespaces and processes. */
@NullMarked
package io.crij.container.stats;

import org.jspecify.annotations.NullMarked;
