/** WebSocket (RFC 6455) with Kubernetes' channel protocols on it. */
@NullMarked
package io.crij.daemon.stream.websocket;

import org.jspecify.annotations.NullMarked;
