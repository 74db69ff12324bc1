package io.crij.image.registry;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header {@code Retry-After} (RFC 9110, section 10.2.3): seconds or a date. */
final class RetryAfter {
  private RetryAfter() {}

  /** How long to wait, not negative; nothing for text that is neither. */
  static Optional<Duration> parse(String text, Instant now) {
    String value = text.strip();
    if (value.matches("[0-9]{1,18}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    if (value.matches("[0-9]+")) {
      return Optional.of(Duration.ofSeconds(Long.MAX_VALUE / 2));
    }
    try {
      Duration until = Duration.between(now, ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(until.isNegative() ? Duration.ZERO : until);
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }
}
