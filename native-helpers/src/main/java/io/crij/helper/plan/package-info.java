/** Launch plans: the typed, bounded list of operations that turns a child of the monitor into a container. See PROTOCOL.md section 4. */
@NullMarked
package io.crij.helper.plan;

import org.jspecify.annotations.NullMarked;
