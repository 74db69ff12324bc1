package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.NodeBusyException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounds the heap that the names of one image take while it is pulled: folders whose times are set at the end, links to layers
 * below and the like. A few megabytes of archive can name gigabytes of them. Beyond a small part only one pull of the node at a
 * time goes on; the others wait for it, though not for ever: a slow registry must not hold up the images of others.
 */
public final class NameMemory implements AutoCloseable {
  private static final Semaphore LARGE = new Semaphore(1, true);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  /** Of a name, beside its characters: string, entry of a map, value. */
  private static final long OVERHEAD_BYTES = 160;

  private final Duration patience;
  private final long smallBytes;
  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private long taken;
  private boolean large;

  /** @param limits of which {@code nameBytes} counts */
  public NameMemory(ImageLimits limits) {
    this(limits, PATIENCE);
  }

  /** For tests. */
  NameMemory(ImageLimits limits, Duration patience) {
    this.patience = patience;
    this.mostBytes = limits.nameBytes();
    this.smallBytes = mostBytes / 8;
  }

  /** The share of one layer. */
  Layer layer() {
    return new Layer();
  }

  /** What one layer takes; closing it gives back what nobody needs once it is unpacked. Used by one thread. */
  final class Layer implements AutoCloseable {
    private long passing;

    /** Accounts for a name that is needed until the layer is unpacked. */
    void take(String name) throws IOException {
      long bytes = OVERHEAD_BYTES + name.length();
      add(bytes);
      passing += bytes;
    }

    /** Accounts for a name that is needed until the layers below are there as well. */
    void keep(String name) throws IOException {
      add(OVERHEAD_BYTES + name.length());
    }

    @Override
    public void close() {
      lock.lock();
      try {
        taken -= passing;
      } finally {
        lock.unlock();
      }
    }
  }

  private void add(long bytes) throws IOException {
    try {
      lock.lockInterruptibly();
      try {
        taken += bytes;
        if (taken > mostBytes) {
          throw new HostileContentException("the names of its folders and links take more than " + mostBytes + " bytes");
        }
        if (taken > smallBytes && !large) {
          large = LARGE.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
          if (!large) {
            throw new NodeBusyException(
                "the names of its folders and links need much memory, and another such image has been on its way for " + patience.toSeconds() + " seconds");
          }
        }
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    }
  }

  /** To be called when no layer takes any more. */
  @Override
  public void close() {
    if (large) {
      LARGE.release();
    }
  }
}
