package io.crij.daemon.report;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** How long something takes, as people say it. */
final class Ages {
  private Ages() {}

  static String of(long nanos) {
    double seconds = Math.max(0, nanos) / 1e9;
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%.0f ms", seconds * 1000);
    }
    if (seconds < 100) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long minutes = (long) (seconds / 60);
    return minutes < 120 ? minutes + " min" : minutes < 48 * 60 ? minutes / 60 + " h" : minutes / (24 * 60) + " days";
  }

  static String ofSeconds(long seconds) {
    return of(seconds * 1_000_000_000L);
  }

  /** @param nanosOfEpoch as the CRI gives times */
  static String since(long nanosOfEpoch) {
    return of(Duration.between(instant(nanosOfEpoch), Instant.now()).toNanos());
  }

  static Instant instant(long nanosOfEpoch) {
    return Instant.ofEpochSecond(0, nanosOfEpoch);
  }
}
