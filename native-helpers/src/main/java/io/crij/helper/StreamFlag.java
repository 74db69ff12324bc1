package io.crij.helper;

/** How the standard streams of a container or of an exec are made. */
public enum StreamFlag {
  /** Stdin is a pipe that is kept open; /dev/null otherwise. For an exec: there is a stdin. */
  STDIN(1),
  /** Stdin ends with the first client that leaves. */
  STDIN_ONCE(2),
  TTY(4);

  private final int bit;

  StreamFlag(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
