package io.crij.daemon.host;

import java.util.Locale;

/**
 * One thing about the node.
 *
 * @param about what was looked at, in a word or two
 * @param found what is so
 * @param advice what to do; empty for nothing
 */
public record NodeFinding(String about, Level level, String found, String advice) {
  /** How much it matters. */
  public enum Level {
    OK,
    /** Pods run, but slower or with less than they could have. */
    NOTE,
    /** Pods do not run, or the daemon does not start. */
    BAD;

    /** In lower case, as it is printed. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static NodeFinding ok(String about, String found) {
    return new NodeFinding(about, Level.OK, found, "");
  }

  static NodeFinding note(String about, String found, String advice) {
    return new NodeFinding(about, Level.NOTE, found, advice);
  }

  static NodeFinding bad(String about, String found, String advice) {
    return new NodeFinding(about, Level.BAD, found, advice);
  }
}
