package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerEventResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events for one client, in order, from its subscription on. They wait in a queue of bounded length; a client that lets it
 * run full is cut off, since events that it missed silently would be worse.
 */
public final class EventSubscription implements AutoCloseable {
  private final int capacity;
  private final Consumer<EventSubscription> onClose;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<ContainerEventResponse> waiting = new ArrayDeque<>();
  private @Nullable CriException end;

  /**
   * @param capacity how many events may wait
   * @param onClose told once, when nobody wants the events any more
   */
  public EventSubscription(int capacity, Consumer<EventSubscription> onClose) {
    this.capacity = capacity;
    this.onClose = onClose;
  }

  /** Adds an event without waiting; one too many ends the subscription. */
  public void offer(ContainerEventResponse event) {
    lock.lock();
    try {
      if (end != null) {
        return;
      }
      if (waiting.size() < capacity) {
        waiting.add(event);
        changed.signal();
        return;
      }
    } finally {
      lock.unlock();
    }
    end(
        new CriException(
            ErrorCode.RESOURCE_EXHAUSTED,
            "The client was cut off from container events: it left " + capacity + " of them unread; subscribe again and list pods and containers."));
  }

  /** Ends it: what still waits is dropped, and {@link #take} throws {@code reason}. */
  public void end(CriException reason) {
    lock.lock();
    try {
      if (end != null) {
        return;
      }
      end = reason;
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    onClose.accept(this);
  }

  /**
   * The next event; waits for it.
   *
   * @throws CriException once the subscription is over, with the reason
   */
  public ContainerEventResponse take() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        if (end != null) {
          throw end;
        }
        ContainerEventResponse event = waiting.poll();
        if (event != null) {
          return event;
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** True once {@link #take} throws. */
  public boolean isOver() {
    lock.lock();
    try {
      return end != null;
    } finally {
      lock.unlock();
    }
  }

  /** For a client that went away. */
  @Override
  public void close() {
    end(new CriException(ErrorCode.CANCELLED, "The client of container events went away."));
  }
}
