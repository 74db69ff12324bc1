package io.crij.core;

/** Text that others sent, made fit for a message of one line: nothing in it that a terminal obeys or that misleads a reader, not endless. */
public final class Printable {
  private static final int LONGEST = 120;

  private Printable() {}

  /** As {@link #plain}, and of a longer text the first 120 characters and an ellipsis are left. */
  public static String of(String text) {
    return plain(text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
  }

  /** Each character that {@link #misleads} becomes a question mark. */
  public static String plain(String text) {
    if (text.codePoints().noneMatch(Printable::misleads)) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().forEach(c -> plain.appendCodePoint(misleads(c) ? '?' : c));
    return plain.toString();
  }

  /** Controls, line separators, and what cannot be seen or turns the direction of writing (Unicode's class Cf), so that a text reads as another. */
  public static boolean misleads(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
      default -> false;
    };
  }

  /** Whether there is one of ASCII's control characters in it. */
  public static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }
}
