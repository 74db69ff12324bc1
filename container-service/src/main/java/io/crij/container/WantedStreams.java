package io.crij.container;

import io.crij.core.CriException;
import io.crij.helper.StandardStream;
import java.util.EnumSet;
import java.util.Set;

/** Which streams a client of Exec or Attach asks for. */
final class WantedStreams {
  private WantedStreams() {}

  /** @throws CriException INVALID_ARGUMENT for what the CRI forbids: no stream at all, stderr beside a terminal */
  static void check(boolean stdin, boolean stdout, boolean stderr, boolean tty) {
    if (!stdin && !stdout && !stderr) {
      throw CriException.invalid("stdin, stdout, stderr: at least one of them has to be asked for.");
    }
    if (tty && stderr) {
      throw CriException.invalid("stderr: with a terminal all output is stdout; ask for tty or for stderr, not for both.");
    }
  }

  static Set<StandardStream> of(boolean stdin, boolean stdout, boolean stderr) {
    Set<StandardStream> streams = EnumSet.noneOf(StandardStream.class);
    if (stdin) {
      streams.add(StandardStream.STDIN);
    }
    if (stdout) {
      streams.add(StandardStream.STDOUT);
    }
    if (stderr) {
      streams.add(StandardStream.STDERR);
    }
    return streams;
  }
}
