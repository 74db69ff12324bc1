package io.crij.helper.syscall;

import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor of this process, owned by whoever holds this object. */
public final class Fd implements AutoCloseable {
  private final int number;
  private final AtomicBoolean closed = new AtomicBoolean();

  Fd(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** Closes once; a second call does nothing, so that a recycled number is never closed. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Syscalls.close(number);
    }
  }

  @Override
  public String toString() {
    return "fd " + number;
  }
}
