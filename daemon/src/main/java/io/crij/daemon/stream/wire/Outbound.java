package io.crij.daemon.stream.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets writers of one connection wait for their client, so that at most a write buffer's high mark is under way to it. */
public final class Outbound {
  /** Closes once a last message is out, and not before a decoder that may be at work has let go of its buffer. */
  public static final ChannelFutureListener CLOSE_LATER = sent -> sent.channel().eventLoop().execute(() -> sent.channel().close());

  private final Channel channel;
  private final ReadThrottle throttle;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  public Outbound(Channel channel, ReadThrottle throttle) {
    this.channel = channel;
    this.throttle = throttle;
  }

  /** Waits until the client takes more, and sends. The message is released if it cannot be sent. */
  public void send(Object message) throws ClientGone {
    lock.lock();
    try {
      while (!channel.isWritable() && channel.isActive()) {
        changed.awaitUninterruptibly();
      }
      if (!channel.isActive()) {
        ReferenceCountUtil.release(message);
        throw new ClientGone("the client closed its connection");
      }
      // Counted by the channel from here on, also while it waits for the event loop.
      channel.writeAndFlush(message, channel.voidPromise());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends without waiting: an answer that the protocol owes the client. A client that asks without fetching the answers is
   * not read any more.
   */
  public void answer(Object message) {
    int cost = 256;
    throttle.hold(cost);
    channel.writeAndFlush(message).addListener(sent -> throttle.release(cost));
  }

  /** For the event loop: writability changed, or the channel has ended. */
  public void changed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
