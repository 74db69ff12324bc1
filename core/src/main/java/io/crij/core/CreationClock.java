package io.crij.core;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Times of creation in nanoseconds since the epoch, each higher than all before: kubelet sorts a pod's sandboxes and
 * containers by them, and the node's clock may jump back.
 */
public final class CreationClock {
  private final Supplier<Instant> wall;
  private final AtomicLong last = new AtomicLong();

  public CreationClock(Supplier<Instant> wall) {
    this.wall = wall;
  }

  /** The next time. */
  public long next() {
    long now = nanos(wall.get());
    return last.updateAndGet(before -> Math.max(now, before + 1));
  }

  /** A time handed out by an earlier daemon. */
  public void seen(long nanos) {
    last.accumulateAndGet(nanos, Math::max);
  }

  /** Now, as the CRI counts it; for everything that need not be unique. */
  public long now() {
    return nanos(wall.get());
  }

  private static long nanos(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
