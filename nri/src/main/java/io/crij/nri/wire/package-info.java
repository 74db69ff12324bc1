/** ttrpc between the daemon and one plugin: two streams of calls, one in each direction, on one socket. */
@NullMarked
package io.crij.nri.wire;

import org.jspecify.annotations.NullMarked;
