package io.crij.helper;

import io.crij.core.ObjectId;

/** Hears of exits. Calls come one after the other, in the order of their sequence numbers. */
public interface ExitListener {
  /**
   * A container ended; the listener acknowledges it by {@link Monitor#ack} once it is recorded.
   *
   * @param exitCode the exit code, or 128 plus the signal
   * @param finishedAtNs nanoseconds since the epoch
   */
  void exited(long sequence, ObjectId container, int exitCode, long finishedAtNs);

  /** The connection ended without being closed from here: the monitor is gone, and its pod with it. The last call. */
  void monitorGone(ObjectId pod);
}
