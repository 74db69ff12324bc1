package io.crij.container;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Times of creation in nanoseconds since the epoch, each higher than all before: kubelet sorts containers by them, and the
 * node's clock may jump back.
 */
final class CreationClock {
  private final Supplier<Instant> wall;
  private final AtomicLong last = new AtomicLong();

  CreationClock(Supplier<Instant> wall) {
    this.wall = wall;
  }

  /** The next time. */
  long next() {
    long now = now();
    return last.updateAndGet(before -> Math.max(now, before + 1));
  }

  /** A time that an earlier daemon gave out. */
  void seen(long nanos) {
    last.accumulateAndGet(nanos, Math::max);
  }

  /** Now, for everything that need not be unique. */
  long now() {
    Instant time = wall.get();
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
