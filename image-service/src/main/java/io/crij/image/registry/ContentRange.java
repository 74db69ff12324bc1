package io.crij.image.registry;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The header {@code Content-Range} (RFC 9110, section 14.4). */
final class ContentRange {
  private static final Pattern BYTES = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/(?:[0-9]{1,18}|\\*)");

  private ContentRange() {}

  /** Whether it describes bytes from {@code first} on; false for any text that is no such header. */
  static boolean startsAt(String header, long first) {
    Matcher range = BYTES.matcher(header.strip());
    return range.matches() && Long.parseLong(range.group(1)) == first && Long.parseLong(range.group(2)) >= first;
  }
}
