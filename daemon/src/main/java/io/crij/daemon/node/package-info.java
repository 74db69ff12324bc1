/** The RPCs that are about the node and this runtime, not about one pod, container or image. */
@NullMarked
package io.crij.daemon.node;

import org.jspecify.annotations.NullMarked;
