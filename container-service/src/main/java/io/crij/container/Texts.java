package io.crij.container;

/** Text that others sent, made fit for a message of one line. */
final class Texts {
  private static final int LONGEST = 120;

  private Texts() {}

  static String printable(String text) {
    String head = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return head.replaceAll("\\p{Cntrl}", "?");
  }
}
