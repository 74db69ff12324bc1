package io.crij.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/**
 * A blob that goes on where a broken connection left it. A server that trickles fewer than {@link #WINDOW_BYTES} within
 * {@link #WINDOW_NANOS} counts as broken, too. What it delivers is not checked here.
 */
final class BlobStream extends InputStream {
  private static final int REOPENS_MAX = 4;
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long WINDOW_BYTES = 64 << 10;

  /** Opens the blob from an offset on. */
  interface Opener {
    InputStream open(long offset) throws IOException;
  }

  private final long size;
  private final Opener opener;
  private InputStream current;
  private long offset;
  private int reopens;
  private long windowStart = System.nanoTime();
  private long windowBytes;

  /** @param from the first byte that is delivered */
  BlobStream(long size, long from, Opener opener) throws IOException {
    this.size = size;
    this.opener = opener;
    this.offset = from;
    this.current = opener.open(from);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int at, int length) throws IOException {
    while (true) {
      IOException broken;
      try {
        int count = current.read(into, at, length);
        if (count > 0) {
          offset += count;
          checkSpeed(count);
          return count;
        }
        if (offset >= size) {
          return -1;
        }
        broken = new IOException("the connection ended early");
      } catch (RegistryException e) {
        if (!e.kind().isPassing()) {
          throw e;
        }
        broken = e;
      } catch (IOException e) {
        broken = e;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw RegistryClient.stopped();
      }
      if (!reopen(broken)) {
        return -1;
      }
    }
  }

  /** False if the server has no more than was read already. */
  private boolean reopen(IOException broken) throws IOException {
    if (++reopens > REOPENS_MAX) {
      throw new RegistryException(
          RegistryException.Kind.UNAVAILABLE, "the connection broke " + reopens + " times: " + broken.getMessage(), broken);
    }
    close();
    try {
      current = opener.open(offset);
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.REFUSED) { // 416: nothing lies behind this offset
        return false;
      }
      throw e;
    }
    return true;
  }

  private void checkSpeed(int count) throws RegistryException {
    windowBytes += count;
    long now = System.nanoTime();
    if (now - windowStart < WINDOW_NANOS) {
      return;
    }
    if (windowBytes < WINDOW_BYTES && offset < size) {
      throw new RegistryException(
          RegistryException.Kind.UNAVAILABLE, "the registry sent only " + windowBytes + " bytes within a minute", null);
    }
    windowStart = now;
    windowBytes = 0;
  }

  @Override
  public void close() {
    try {
      current.close();
    } catch (IOException e) {
      // Closing a broken connection tells nothing new.
    }
  }
}
