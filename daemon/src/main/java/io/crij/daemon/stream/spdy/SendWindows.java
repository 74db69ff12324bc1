package io.crij.daemon.stream.spdy;

import io.crij.daemon.stream.wire.ClientGone;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How much a session may still send by SPDY/3.1's flow control (draft section 2.6.8), as a whole and stream by stream.
 *
 * <p>The clients of Kubernetes neither send nor heed WINDOW_UPDATE, so a window that is held against them stays shut for ever
 * after 64 KiB. Windows therefore count from the moment in which a client shows that it knows of them, by a WINDOW_UPDATE or by
 * a SETTINGS with a window; the others are held by TCP's own window alone.
 */
final class SendWindows {
  static final int INITIAL = 64 << 10;

  /** One stream's part. Guarded by the lock of the windows that made it. */
  static final class Window {
    private long bytes;
    private boolean closed;

    private Window(long bytes) {
      this.bytes = bytes;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean enforced;
  private long session = INITIAL;
  private long initial = INITIAL;
  private @Nullable String lost;

  Window open() {
    lock.lock();
    try {
      return new Window(initial);
    } finally {
      lock.unlock();
    }
  }

  /** Waits for at least one byte and takes up to {@code wanted}. */
  int take(Window window, int wanted) throws ClientGone {
    lock.lock();
    try {
      while (enforced && !window.closed && lost == null && Math.min(window.bytes, session) <= 0) {
        changed.awaitUninterruptibly();
      }
      if (lost != null) {
        throw new ClientGone(lost);
      }
      if (window.closed) {
        throw new ClientGone("the client reset the stream");
      }
      int taken = enforced ? (int) Math.min(wanted, Math.min(window.bytes, session)) : wanted;
      window.bytes -= taken;
      session -= taken;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  boolean enforced() {
    lock.lock();
    try {
      return enforced;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A WINDOW_UPDATE.
   *
   * @param window of a stream; null for the session's
   * @return false if the window would exceed 2^31-1, which is an error of the client
   */
  boolean grant(@Nullable Window window, int delta) {
    lock.lock();
    try {
      enforced = true;
      long bytes = (window == null ? session : window.bytes) + delta;
      if (bytes > Integer.MAX_VALUE) {
        return false;
      }
      if (window == null) {
        session = bytes;
      } else {
        window.bytes = bytes;
      }
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A SETTINGS with a window for the streams, open ones included. */
  void initial(int bytes, Iterable<Window> open) {
    lock.lock();
    try {
      enforced = true;
      long delta = bytes - initial;
      initial = bytes;
      for (Window window : open) {
        window.bytes += delta;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void close(Window window) {
    lock.lock();
    try {
      window.closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void lose(String why) {
    lock.lock();
    try {
      lost = why;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
