/** Byte streams to one client, between Netty's event loop and plain blocking code, with every buffer bounded. */
@NullMarked
package io.crij.daemon.stream.wire;

import org.jspecify.annotations.NullMarked;
