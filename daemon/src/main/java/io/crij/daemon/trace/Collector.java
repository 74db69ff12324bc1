package io.crij.daemon.trace;

import java.io.IOException;

/** Where spans go. */
interface Collector extends AutoCloseable {
  /**
   * Sends a request of {@link Otlp} and waits for the answer, 10 seconds at most.
   *
   * @throws IOException with the reason, if it was not taken
   */
  void send(byte[] request) throws IOException;

  @Override
  void close();
}
