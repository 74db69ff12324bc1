package io.crij.daemon.stream.wire;

import io.netty.channel.Channel;

/**
 * What one connection has made the daemon hold: bytes that nobody has read yet, and answers that the client does not fetch.
 * Above {@link #HIGH} its socket is not read any more, until half of that is gone; the client then feels TCP's own window.
 */
public final class ReadThrottle {
  public static final int HIGH = 1 << 20;
  private static final int LOW = HIGH / 2;

  private final Channel channel;
  private int held;
  private boolean paused;

  public ReadThrottle(Channel channel) {
    this.channel = channel;
  }

  public synchronized void hold(int bytes) {
    held += bytes;
    if (!paused && held > HIGH) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  public synchronized void release(int bytes) {
    held -= bytes;
    if (paused && held < LOW) {
      paused = false;
      channel.config().setAutoRead(true);
    }
  }

  /** Bytes, those of unfetched answers as a round number each. */
  public synchronized int held() {
    return held;
  }
}
