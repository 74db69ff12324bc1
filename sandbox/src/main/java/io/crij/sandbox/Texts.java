package io.crij.sandbox;

/** Text that others sent, made fit for a message of one line. */
final class Texts {
  private static final int LONGEST = 120;

  private Texts() {}

  static String printable(String text) {
    String head = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return head.replaceAll("\\p{Cntrl}", "?");
  }

  static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }
}
