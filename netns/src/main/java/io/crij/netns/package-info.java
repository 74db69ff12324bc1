/** The networks of pods: namespaces pinned under /run/netns, and CNI plugins (spec 0.3.0 to 1.1.0) that wire them. */
@NullMarked
package io.crij.netns;

import org.jspecify.annotations.NullMarked;
