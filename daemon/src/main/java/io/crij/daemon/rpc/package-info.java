/** The gRPC edge: socket, peers, log line and status code of each call. No other package knows gRPC. */
@NullMarked
package io.crij.daemon.rpc;

import org.jspecify.annotations.NullMarked;
