package io.crij.image.registry;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 1m30s}, {@code 500ms}, {@code 1.5h}. */
final class GoDuration {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)");

  private GoDuration() {}

  /** @throws IllegalArgumentException for any other text, and for no time at all */
  static Duration parse(String text) {
    Matcher parts = PART.matcher(text);
    Duration sum = Duration.ZERO;
    int at = 0;
    while (parts.find() && parts.start() == at) {
      long unit =
          switch (parts.group(2)) {
            case "ns" -> 1;
            case "us", "µs" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
          };
      BigDecimal nanos = new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit));
      if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) > 0) {
        throw bad(text);
      }
      sum = sum.plusNanos(nanos.longValue());
      at = parts.end();
    }
    if (at != text.length() || sum.isZero()) {
      throw bad(text);
    }
    return sum;
  }

  private static IllegalArgumentException bad(String text) {
    return new IllegalArgumentException("'" + io.crij.image.content.Reference.printable(text) + "' is no duration such as 30s or 1m30s");
  }
}
