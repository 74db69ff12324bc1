package io.crij.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A blob in its order: what is on disk from there, the rest from the registry, and added to what is on disk on its way. Not believed.
 * Where one connection is slower than those who read from here, others fetch parts further on ({@link RangeFetch}).
 */
final class BlobFeed extends InputStream {
  /** Where a blob comes from. */
  interface Source {
    /** Its bytes from {@code offset} to {@code end}, over broken connections; the registry may send more. */
    InputStream from(long offset, long end) throws IOException;

    /** A part of it on one connection; nothing if the server sends no parts. */
    Optional<InputStream> part(long offset, long length) throws IOException;
  }

  private final long size;
  private final PartialBlob partial;
  private final Source source;
  private final RangeFetch ranges;
  private @Nullable InputStream network;
  private long networkEnd;
  private long at;
  private boolean dropped;

  BlobFeed(long size, PartialBlob partial, Source source, RangeFetch ranges) {
    this.size = size;
    this.partial = partial;
    this.source = source;
    this.ranges = ranges;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at < size) {
      dropUseless();
      int count = partial.read(at, into, offset, length);
      if (count > 0) {
        leaveNetwork();
        at += count;
        return count;
      }
      if (!partial.await(at)) {
        break;
      }
    }
    if (at == size && at > 0 && network == null) {
      return -1;
    }
    dropUseless();
    // At the end the connection is asked once more, so that what it sends behind it is seen.
    long end = Math.min(size, partial.nextRun(at));
    if (at == networkEnd && at < size) {
      leaveNetwork();
    }
    InputStream body = network;
    if (body == null) {
      body = source.from(at, end);
      network = body;
      networkEnd = end;
    }
    long asked = System.nanoTime();
    int count = body.read(into, offset, at < end ? (int) Math.min(length, end - at) : length);
    if (count > 0) {
      ranges.received(at, count, System.nanoTime() - asked);
      partial.append(at, into, offset, count);
      at += count;
    }
    return count;
  }

  // A connection that is open still goes to the end; with what came of parts it would be left at the first of them.
  private void dropUseless() {
    if (!dropped && ranges.isUseless()) {
      dropped = true;
      partial.dropBehind(at);
    }
  }

  // Its next byte is not the one that is wanted next.
  private void leaveNetwork() throws IOException {
    if (network != null) {
      network.close();
      network = null;
    }
  }

  @Override
  public void close() throws IOException {
    ranges.close();
    leaveNetwork();
  }
}
