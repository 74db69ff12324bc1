package io.crij.daemon.stream.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a client has opened and nobody has taken yet. The one who fills it bounds it. */
public final class Arrivals<T> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<T> waiting = new ArrayDeque<>();
  private @Nullable String lost;

  public void add(T arrival) {
    lock.lock();
    try {
      waiting.add(arrival);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Those that nobody has taken, whether they still live or not. */
  public int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  public void lose(String why) {
    lock.lock();
    try {
      lost = why;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the next.
   *
   * @param nanos how long; {@link Long#MAX_VALUE} for as long as the connection lasts
   * @return null when the time is over
   * @throws ClientGone when the connection is lost
   */
  public @Nullable T next(long nanos) throws ClientGone, InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (true) {
        if (lost != null) {
          throw new ClientGone(lost);
        }
        T arrival = waiting.poll();
        if (arrival != null || left <= 0) {
          return arrival;
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
