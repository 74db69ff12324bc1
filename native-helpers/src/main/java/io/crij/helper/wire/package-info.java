/** Fields and frames, the one encoding of plans and messages. See PROTOCOL.md section 1. */
@NullMarked
package io.crij.helper.wire;

import org.jspecify.annotations.NullMarked;
