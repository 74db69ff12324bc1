/** SPDY/3.1 sessions with their streams, on Netty's frame codec. */
@NullMarked
package io.crij.daemon.stream.spdy;

import org.jspecify.annotations.NullMarked;
