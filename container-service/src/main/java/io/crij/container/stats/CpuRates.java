package io.crij.container.stats;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * CPU use as a rate, from the readings of successive calls: nothing is sampled while nobody asks. Two calls in quick
 * succession, as of two clients, are compared with an earlier one, since a short window tells of little.
 */
public final class CpuRates {
  private static final long SHORTEST_NANOS = 1_000_000_000L;

  /** Older than this a reading tells of the past. */
  private static final long LONGEST_NANOS = 120_000_000_000L;

  private record Reading(long atNanos, long usedNanos) {}

  /** @param base what the next reading is compared with */
  private record Pair(Reading base, Reading last) {}

  private final Map<String, Pair> readings = new ConcurrentHashMap<>();

  /**
   * Adds a reading. What is young is first compared with its own beginning.
   *
   * @param atNanos of a clock that is not set, as {@link System#nanoTime}
   * @param usedNanos CPU time since the beginning
   * @param ageNanos how long ago the beginning was; negative if that is not known
   * @return nanoseconds of CPU time for each second since an earlier reading, one second old or more; empty if there is none
   */
  OptionalLong add(String key, long atNanos, long usedNanos, long ageNanos) {
    Reading now = new Reading(atNanos, usedNanos);
    Pair pair =
        readings.compute(
            key,
            (name, old) -> {
              if (old == null && ageNanos >= 0 && ageNanos <= LONGEST_NANOS) {
                return new Pair(new Reading(atNanos - ageNanos, 0), now);
              }
              if (old == null || usedNanos < old.last.usedNanos || atNanos - old.last.atNanos > LONGEST_NANOS) {
                return new Pair(now, now);
              }
              return atNanos - old.last.atNanos >= SHORTEST_NANOS ? new Pair(old.last, now) : old;
            });
    long elapsed = atNanos - pair.base.atNanos;
    if (elapsed < SHORTEST_NANOS || usedNanos < pair.base.usedNanos) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Math.round((double) (usedNanos - pair.base.usedNanos) * 1e9 / elapsed));
  }

  /** Forgets all others. */
  void keep(Set<String> keys) {
    readings.keySet().retainAll(keys);
  }
}
