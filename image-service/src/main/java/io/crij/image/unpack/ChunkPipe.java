package io.crij.image.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A bounded pipe between two threads that passes whole buffers along instead of copying them byte by byte. One thread writes,
 * one reads. Buffers are used again, so a layer of any size needs a fixed amount of memory.
 */
final class ChunkPipe {
  static final int CHUNK_BYTES = 128 << 10;
  private static final int CHUNKS = 8;

  private record Chunk(byte[] bytes, int length) {}

  private static final Chunk END = new Chunk(new byte[0], 0);

  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(CHUNKS + 2);
  private volatile boolean readerGone;
  private volatile @Nullable IOException failure;

  /** A buffer of {@link #CHUNK_BYTES} to fill and {@link #send}. */
  byte[] buffer() {
    byte[] used = free.poll();
    return used != null ? used : new byte[CHUNK_BYTES];
  }

  /** Hands the buffer over. Returns false if the reader has gone and wants nothing more. */
  boolean send(byte[] buffer, int length) throws InterruptedIOException {
    put(new Chunk(buffer, length));
    return !readerGone;
  }

  /** No more bytes will come. */
  void end() throws InterruptedIOException {
    put(END);
  }

  /** The reader gets this failure in place of more bytes; never waits. */
  void fail(IOException why) {
    failure = why;
    full.clear();
    full.offer(END);
  }

  private void put(Chunk chunk) throws InterruptedIOException {
    if (readerGone) {
      return;
    }
    try {
      full.put(chunk);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    }
  }

  /** The reading end; closing it lets the writer go on without a reader. */
  InputStream reader() {
    return new Reader();
  }

  private final class Reader extends InputStream {
    private Chunk current = new Chunk(new byte[0], 0);
    private int at;
    private boolean ended;

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
      int ready = available();
      if (ready == 0) {
        return -1;
      }
      int count = Math.min(length, ready);
      System.arraycopy(current.bytes, at, into, offset, count);
      at += count;
      return count;
    }

    /** Waits for the next chunk: 0 means the end. GZIPInputStream asks this to learn whether another member follows. */
    @Override
    public int available() throws IOException {
      while (at == current.length && !ended) {
        if (current.bytes.length == CHUNK_BYTES) {
          free.offer(current.bytes);
        }
        try {
          current = full.take();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("the pull was stopped");
        }
        at = 0;
        ended = current == END;
      }
      IOException why = failure;
      if (why != null) {
        throw why;
      }
      return current.length - at;
    }

    @Override
    public void close() {
      readerGone = true;
      full.clear();
    }
  }
}
