package io.crij.helper;

/** The streams of a process, with their numbers as file descriptors. */
public enum StandardStream {
  STDIN(0),
  STDOUT(1),
  STDERR(2);

  private final int number;

  StandardStream(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static long bits(Iterable<StandardStream> streams) {
    long bits = 0;
    for (StandardStream stream : streams) {
      bits |= 1L << stream.number;
    }
    return bits;
  }
}
