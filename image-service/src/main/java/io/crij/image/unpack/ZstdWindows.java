package io.crij.image.unpack;

import io.crij.image.content.NodeBusyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the native memory that zstd's windows take on this node. A frame may ask for 128 MiB, a dozen layers are unpacked at a time, and
 * an image that uses such windows costs its maker nothing. Usual ones (levels up to 19) have 8 MiB at most and are not counted.
 */
final class ZstdWindows implements AutoCloseable {
  static final long USUAL_BYTES = 8L << 20;

  private static final int LARGE_AT_ONCE = 2;
  /** Long enough for a large layer on a good line; a slow registry must not hold up the images of others for ever. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Semaphore LARGE = new Semaphore(LARGE_AT_ONCE, true);

  private final Semaphore large;
  private final Duration patience;
  private boolean held;

  ZstdWindows() {
    this(LARGE, PATIENCE);
  }

  /** For tests. */
  ZstdWindows(Semaphore large, Duration patience) {
    this.large = large;
    this.patience = patience;
  }

  /**
   * To be called before memory is taken for a window of so many bytes. Waits while too many others have large ones.
   *
   * @throws NodeBusyException if that lasts
   */
  void need(long bytes) throws IOException {
    if (bytes <= USUAL_BYTES || held) {
      return;
    }
    try {
      held = large.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    }
    if (!held) {
      throw new NodeBusyException(
          "a layer needs " + (bytes >> 20) + " MiB to be decompressed, and " + LARGE_AT_ONCE + " such layers have been on their way for " + patience.toSeconds() + " seconds");
    }
  }

  @Override
  public void close() {
    if (held) {
      held = false;
      large.release();
    }
  }
}
