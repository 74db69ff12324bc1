package io.crij.container.launch;

import java.util.OptionalLong;

/** Numbers of users and groups: 32 bits, of which the highest stands for "no change" in setresuid(2). */
final class Id {
  static final long HIGHEST = 0xFFFF_FFFEL;

  private Id() {}

  /** The number that the text is, or nothing if it is a name or too large. */
  static OptionalLong parse(String text) {
    if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    long value = Long.parseLong(text);
    return value <= HIGHEST ? OptionalLong.of(value) : OptionalLong.empty();
  }

  static long check(String field, long value) {
    if (value < 0 || value > HIGHEST) {
      throw Fields.invalid(field, value + " is not between 0 and " + HIGHEST);
    }
    return value;
  }
}
