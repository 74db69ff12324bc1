/** The streaming server: an HTTP server on which clients of Exec, Attach and PortForward redeem their URLs. */
@NullMarked
package io.crij.daemon.stream;

import org.jspecify.annotations.NullMarked;
