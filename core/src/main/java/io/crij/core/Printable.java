package io.crij.core;

/** Text that others sent, made fit for a message of one line: no control characters, not endless. */
public final class Printable {
  private static final int LONGEST = 120;

  private Printable() {}

  /** Each control character becomes a question mark; of a longer text the first 120 characters and an ellipsis are left. */
  public static String of(String text) {
    String head = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return head.codePoints().anyMatch(Character::isISOControl) ? head.replaceAll("[\\x00-\\x1f\\x7f-\\x9f]", "?") : head;
  }

  /** Whether there is one of ASCII's control characters in it. */
  public static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }
}
