package io.crij.image.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * How fast one server sends, over all connections to it. A slow line shared by twenty layers is no stall; a server that sends next to
 * nothing on any of them is.
 */
public final class Pace {
  private final AtomicLong bytes = new AtomicLong();
  private final LongConsumer account;
  private long windowBytes;
  private int windowTicks;

  public Pace() {
    this(bytes -> {});
  }

  /** @param account is told of the bytes of answers as they come */
  public Pace(LongConsumer account) {
    this.account = account;
  }

  void count(int received) {
    bytes.addAndGet(received);
    account.accept(received);
  }

  /**
   * To be called once a second, by one thread. True if the window that just ended brought too little.
   *
   * @param waiting whether anyone waits for this server; time in which no one reads is not the server's fault
   */
  boolean stalled(boolean waiting, int ticks, long floor) {
    if (!waiting) {
      windowTicks = 0;
      windowBytes = bytes.get();
      return false;
    }
    if (windowTicks == 0) {
      windowBytes = bytes.get();
    }
    if (++windowTicks <= ticks) {
      return false;
    }
    boolean little = bytes.get() - windowBytes < floor;
    windowTicks = 0;
    windowBytes = bytes.get();
    return little;
  }
}
