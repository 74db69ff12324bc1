package io.crij.image.registry;

import java.io.IOException;
import java.io.InputStream;

/**
 * A blob that goes on where a broken connection left it, at the server that is best then. Where parts of it break or end early, it is
 * once read from its start instead, up to the place that is wanted. What it delivers is not checked here.
 */
final class BlobStream extends InputStream {
  private static final int REOPENS_MAX = 4;
  /** After so many bytes without a break, breaks are counted anew: a large blob on a bad line gets there. */
  private static final long FRESH_BYTES = 8 << 20;

  /** Opens the blob from an offset on. */
  interface Opener {
    /** @param whole whether the server is asked for all of it, and what lies before the offset is read past */
    InputStream open(long offset, boolean whole) throws IOException;
  }

  private final long size;
  private final Opener opener;
  private InputStream current;
  private long offset;
  private int reopens;
  private long sinceBreak;
  /** Whether {@link #current} was asked for a part. */
  private boolean part;
  private boolean wholeTried;

  /** @param from the first byte that is delivered */
  BlobStream(long size, long from, Opener opener) throws IOException {
    this.size = size;
    this.opener = opener;
    this.offset = from;
    this.current = opener.open(from, false);
    this.part = from > 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int at, int length) throws IOException {
    while (length > 0) {
      IOException broken;
      boolean ended = false;
      try {
        int count = current.read(into, at, length);
        if (count > 0) {
          offset += count;
          sinceBreak += count;
          reopens = sinceBreak >= FRESH_BYTES ? 0 : reopens;
          return count;
        }
        if (offset >= size) {
          return -1;
        }
        ended = true;
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
      if (!reopen(broken, ended)) {
        return -1;
      }
    }
    return 0;
  }

  /**
   * False if the server has no more than was read already.
   *
   * @param ended whether the server itself sent less than it was asked for
   */
  private boolean reopen(IOException broken, boolean ended) throws IOException {
    boolean last = ++reopens > REOPENS_MAX;
    boolean whole = part && !wholeTried && (last || ended);
    if (last && !whole) {
      throw broke(reopens, broken);
    }
    close();
    sinceBreak = 0;
    part = !whole;
    wholeTried |= whole;
    try {
      current = opener.open(offset, whole);
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.REFUSED) { // 416: nothing lies behind this offset
        return false;
      }
      throw whole && e.kind().isPassing() ? broke(reopens + 1, e) : e;
    }
    return true;
  }

  private static RegistryException broke(int times, IOException last) {
    return new RegistryException(RegistryException.Kind.UNAVAILABLE, "the connection broke " + times + " times: " + last.getMessage(), last);
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
