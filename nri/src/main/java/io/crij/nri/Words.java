package io.crij.nri;

/** Text of plugins in our messages. */
final class Words {
  private static final int LONGEST = 500;

  private Words() {}

  /** On one line and of bounded length. */
  static String printable(String text) {
    String start = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return start.codePoints()
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
