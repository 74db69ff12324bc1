package io.crij.daemon.stream.wire;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a client sent on one stream and nobody has read yet. Filled by the event loop, which never waits here. */
public final class Inbound {
  /** What a chunk costs besides its bytes, so that a million chunks of one byte count for what they are. */
  private static final int CHUNK_OVERHEAD = 256;

  private final ReadThrottle throttle;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<ByteBuf> chunks = new ArrayDeque<>();
  private boolean finished;
  private boolean ignored;
  private @Nullable String lost;
  private @Nullable Runnable whenLost;

  public Inbound(ReadThrottle throttle) {
    this.throttle = throttle;
  }

  /** Takes {@code data}, and releases it when it is read or not wanted any more. */
  public void offer(ByteBuf data) {
    lock.lock();
    try {
      if (finished || ignored || lost != null || !data.isReadable()) {
        data.release();
        return;
      }
      chunks.add(data);
      throttle.hold(data.readableBytes() + CHUNK_OVERHEAD);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The client says that no more comes. */
  public void finish() {
    lock.lock();
    try {
      finished = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link ClientStream#whenLost}. */
  public void whenLost(Runnable action) {
    lock.lock();
    try {
      whenLost = action;
      if (lost != null) {
        tellLost();
      }
    } finally {
      lock.unlock();
    }
  }

  private void tellLost() {
    if (whenLost != null) {
      Thread.ofVirtual().name("stream-lost").start(whenLost);
    }
  }

  /** Nobody will read: what is here and what comes is dropped. */
  public void ignore() {
    lock.lock();
    try {
      ignored = true;
      dropAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing can be read any more, not even what has arrived: nobody is there to whom the effect would matter. */
  public void lose(String why) {
    lock.lock();
    try {
      if (lost == null) {
        lost = why;
        tellLost();
      }
      dropAll();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link ClientStream#read}.
   *
   * @return at least 1, or -1
   */
  public int read(ByteBuffer into) throws IOException {
    lock.lock();
    try {
      while (chunks.isEmpty()) {
        if (lost != null) {
          throw new ClientGone(lost);
        }
        if (finished) {
          return -1;
        }
        changed.awaitUninterruptibly();
      }
      int taken = 0;
      int freed = 0;
      // As many as fit: each of the reader's calls after this is one to the kernel.
      while (into.hasRemaining() && !chunks.isEmpty()) {
        ByteBuf first = chunks.getFirst();
        int length = Math.min(into.remaining(), first.readableBytes());
        first.readBytes(into.slice(into.position(), length));
        into.position(into.position() + length);
        taken += length;
        if (!first.isReadable()) {
          chunks.remove();
          first.release();
          freed += CHUNK_OVERHEAD;
        }
      }
      throttle.release(taken + freed);
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void dropAll() {
    while (!chunks.isEmpty()) {
      ByteBuf chunk = chunks.remove();
      throttle.release(chunk.readableBytes() + CHUNK_OVERHEAD);
      chunk.release();
    }
  }
}
