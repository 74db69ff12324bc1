package io.crij.helper;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * The streams of one live exec or attach. Calls block and are meant for virtual threads; each channel may be used by one thread
 * at a time, different channels by different threads. Closing the streams ends the exec, whose whole process tree is killed if
 * it still runs; an attach is only detached, the container goes on.
 */
public interface ProcessStreams extends AutoCloseable {
  /**
   * Input of the process. Closing it is the end of the input, nothing else ends. Writing fails with IOException once the process
   * has closed its input, and always when stdin was not asked for.
   */
  WritableByteChannel stdin();

  /**
   * Output, -1 at its end. At its end from the beginning when it was not asked for. Reading an attached container fails with
   * IOException, which says why, when the reader was too slow and was cut off.
   */
  ReadableByteChannel stdout();

  /** As {@link #stdout}; with a terminal it is at its end from the beginning, since all output is stdout there. */
  ReadableByteChannel stderr();

  /**
   * Sets the size of the terminal; without a terminal it does nothing.
   *
   * @throws IOException if the session is over
   */
  void resize(int columns, int rows) throws IOException;

  /**
   * Waits until the process ended and its output was taken from the kernel; read stdout and stderr meanwhile, or it never comes.
   * What an exec left behind in the background is not waited for longer than a moment.
   *
   * @return of an exec its exit code, or 128 plus the signal; of an attach the same of the container
   * @throws IOException if the session was closed first, if its client was too slow and was cut off, or if the pod's monitor is
   *     gone; it says which
   */
  int awaitExit() throws IOException, InterruptedException;

  @Override
  void close();
}
