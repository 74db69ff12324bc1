package io.crij.image.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The reading end of a {@link ChunkPipe}: as a stream, and as runs of memory that need no copy. */
final class ChunkStream extends InputStream {
  private final ChunkPipe pipe;
  private final ChunkPool pool;
  private @Nullable Chunk current;
  private boolean ended;

  ChunkStream(ChunkPipe pipe, ChunkPool pool) {
    this.pipe = pipe;
    this.pool = pool;
  }

  @Override
  public int read() throws IOException {
    Chunk chunk = refill();
    return chunk == null ? -1 : chunk.bytes().get() & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    Chunk chunk = refill();
    if (chunk == null) {
      return -1;
    }
    int count = Math.min(length, chunk.bytes().remaining());
    chunk.bytes().get(into, offset, count);
    return count;
  }

  /** The next bytes, at least one and at most {@code limit}, valid until the next call; null at the end. */
  @Nullable MemorySegment run(long limit) throws IOException {
    Chunk chunk = refill();
    if (chunk == null) {
      return null;
    }
    int at = chunk.bytes().position();
    int count = (int) Math.min(limit, chunk.bytes().remaining());
    chunk.bytes().position(at + count);
    return chunk.memory().asSlice(at, count);
  }

  @Override
  public void close() {
    release();
    ended = true;
    pipe.closeReader();
  }

  private @Nullable Chunk refill() throws IOException {
    Chunk chunk = current;
    while (!ended && (chunk == null || !chunk.bytes().hasRemaining())) {
      release();
      chunk = pipe.take();
      current = chunk;
      ended = chunk == null;
    }
    return chunk;
  }

  private void release() {
    if (current != null) {
      pool.give(current);
      current = null;
    }
  }
}
