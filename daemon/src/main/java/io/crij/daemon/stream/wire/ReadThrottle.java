package io.crij.daemon.stream.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * What one connection has made the daemon hold: bytes that nobody has read yet, and answers that the client does not fetch.
 * Above {@link #HIGH} its socket is not read any more, until half of that is gone; the client then feels TCP's own window.
 *
 * <p>It is also a handler that stands before the decoders: those that pass their messages on by themselves, as Netty's for SPDY
 * does, take each round for one that brought nothing and ask for the next, whatever autoRead says.
 */
public final class ReadThrottle extends ChannelOutboundHandlerAdapter {
  public static final int HIGH = 1 << 20;
  private static final int LOW = HIGH / 2;

  private final Channel channel;
  private int held;
  private volatile boolean paused;

  public ReadThrottle(Channel channel) {
    this.channel = channel;
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!paused) {
      ctx.read();
    }
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
