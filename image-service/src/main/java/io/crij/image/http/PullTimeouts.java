package io.crij.image.http;

import java.time.Duration;

/**
 * How long a server may take.
 *
 * @param connect from the first packet to the end of the TLS handshake, unless a hosts.toml says otherwise
 * @param head from the request to the end of the answer's head
 * @param silence without a single byte of a body that is waited for
 * @param window over which the bytes of a server are summed, on all connections to it
 * @param windowBytes fewer in one window are a stall
 */
public record PullTimeouts(Duration connect, Duration head, Duration silence, Duration window, long windowBytes) {
  /** containerd's dial timeout; a stall shows in seconds, where peers wait for minutes. */
  public static final PullTimeouts DEFAULT =
      new PullTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(10), 16 << 10);
}
