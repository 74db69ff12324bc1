package io.crij.daemon.stream.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one connection has made the daemon hold: bytes that nobody has read yet, and answers that the client does not fetch.
 * Above {@link #HIGH} its socket is not read any more, until half of that is gone; the client then feels TCP's own window. Hundreds
 * of clients that each have their fill would take all the memory there is for buffers: when all connections together hold more
 * than {@link #HIGH_OF_ALL}, each is stopped at {@link #HIGH_OF_MANY}.
 *
 * <p>It is also a handler that stands before the decoders: those that pass their messages on by themselves, as Netty's for SPDY
 * does, take each round for one that brought nothing and ask for the next, whatever autoRead says.
 */
public final class ReadThrottle extends ChannelOutboundHandlerAdapter {
  public static final int HIGH = 1 << 20;
  static final int HIGH_OF_MANY = 64 << 10;
  static final long HIGH_OF_ALL = 32L << 20;
  private static final AtomicLong HELD_BY_ALL = new AtomicLong();

  private final Channel channel;
  private int held;
  private boolean closed;
  private volatile boolean paused;

  public ReadThrottle(Channel channel) {
    this.channel = channel;
    channel.closeFuture().addListener(over -> forget());
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!paused) {
      ctx.read();
    }
  }

  public synchronized void hold(int bytes) {
    count(bytes);
    if (!paused && held > limit()) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  public synchronized void release(int bytes) {
    count(-bytes);
    if (paused && held < limit() / 2) {
      paused = false;
      channel.config().setAutoRead(true);
    }
  }

  private void count(int bytes) {
    held += bytes;
    if (!closed) {
      HELD_BY_ALL.addAndGet(bytes);
    }
  }

  private static int limit() {
    return HELD_BY_ALL.get() > HIGH_OF_ALL ? HIGH_OF_MANY : HIGH;
  }

  /** What a lost connection still holds is on its way out. */
  private synchronized void forget() {
    closed = true;
    HELD_BY_ALL.addAndGet(-held);
  }

  /** Bytes, those of unfetched answers as a round number each. */
  public synchronized int held() {
    return held;
  }
}
