package io.crij.container;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much the outputs of all programs that ExecSync runs may take of the daemon's memory. Probes of many pods that each write
 * as much as one reply can hold would else end the daemon.
 */
final class OutputMemory {
  /** What every program has for itself: more than kubelet reads of a probe's output. */
  static final int OWN_BYTES = 64 << 10;

  private final AtomicLong left;

  /** @param bytes for what is above {@link #OWN_BYTES}, of all programs together */
  OutputMemory(long bytes) {
    this.left = new AtomicLong(bytes);
  }

  /** Takes as much of {@code wanted} as there is. */
  int take(int wanted) {
    long before = left.getAndUpdate(l -> l - Math.min(l, wanted));
    return (int) Math.min(before, wanted);
  }

  void giveBack(long bytes) {
    left.addAndGet(bytes);
  }
}
