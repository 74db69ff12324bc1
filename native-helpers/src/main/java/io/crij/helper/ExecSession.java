package io.crij.helper;

import java.time.Duration;

/** A program that runs in a container. Closing the session kills the program and what it forked, and leaves nothing. */
public interface ExecSession extends AutoCloseable {
  /** In the host's numbering. */
  int pid();

  /**
   * Hands every chunk of output to the sink, in order, on the calling thread, until the program ended.
   *
   * @return the exit code, or 128 plus the signal
   * @throws io.crij.core.CriException DEADLINE_EXCEEDED when it did not end within the timeout; it still runs then, until
   *     {@link #close}
   * @throws InterruptedException if the calling thread is interrupted; it still runs then, until {@link #close}
   */
  int drainTo(OutputSink sink, Duration timeout) throws InterruptedException;

  @Override
  void close();

  /** Takes output as it comes. */
  interface OutputSink {
    /** Bytes of stdout; the sink owns the array. */
    void stdout(byte[] chunk);

    /** Bytes of stderr; the sink owns the array. */
    void stderr(byte[] chunk);
  }
}
