package io.crij.daemon.stream.session;

import java.io.IOException;

/** Feeds bytes of a stranger to the reader of terminal sizes. */
public final class SizesTarget {
  private SizesTarget() {}

  /** Whatever they are, only sizes that a terminal can have come out, or an IOException. */
  public static void run(byte[] bytes) {
    try {
      TerminalSizes.read(
          new TerminalSizesTest.Bytes(bytes),
          (columns, rows) -> {
            if (columns < 1 || columns > 65_535 || rows < 1 || rows > 65_535) {
              throw new AssertionError(columns + "x" + rows);
            }
          });
    } catch (IOException refused) {
      // Ends the resizing and nothing else.
    }
  }
}
