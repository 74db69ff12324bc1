package io.crij.daemon.stream;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how the streaming server listens.
 *
 * @param address port 0 lets the kernel choose one
 * @param tls null for plain HTTP
 * @param idle after so long without a byte in either direction a connection is closed
 */
public record StreamSettings(InetSocketAddress address, @Nullable StreamTls tls, Duration idle) {}
