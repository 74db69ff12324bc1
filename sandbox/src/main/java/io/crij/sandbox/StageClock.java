package io.crij.sandbox;

import java.util.Locale;

/** How long each stage of an operation took, for one line in the log. */
final class StageClock {
  private final StringBuilder text = new StringBuilder();
  private long last = System.nanoTime();

  /** Ends a stage: the time since the one before goes to this name. */
  void done(String stage) {
    long now = System.nanoTime();
    text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%s %.1f ms", stage, (now - last) / 1e6));
    last = now;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
