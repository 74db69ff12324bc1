package io.crij.image.unpack;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A bounded pipe between two threads, by which chunks change hands instead of being copied. One thread writes, one reads; a
 * layer of any size needs a fixed amount of memory.
 */
final class ChunkPipe {
  private static final int CHUNKS = 4;

  // An empty element is the end.
  private final BlockingQueue<Optional<Chunk>> full = new ArrayBlockingQueue<>(CHUNKS);
  private final ChunkPool pool;
  private volatile boolean readerGone;
  private volatile @Nullable IOException failure;

  ChunkPipe(ChunkPool pool) {
    this.pool = pool;
  }

  /** Hands over what is left in the chunk. Returns false if the reader has gone and wants nothing more. */
  boolean put(Chunk chunk) throws InterruptedIOException {
    return offer(Optional.of(chunk));
  }

  /** No more bytes will come. */
  void end() throws InterruptedIOException {
    offer(Optional.empty());
  }

  /** The reader gets this failure in place of more bytes; never waits. */
  void fail(IOException why) {
    failure = why;
    drop();
    full.offer(Optional.empty());
  }

  /** The next chunk, which the caller gives back to the pool; null at the end. */
  @Nullable Chunk take() throws IOException {
    Optional<Chunk> next;
    try {
      next = full.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    }
    IOException why = failure;
    if (why != null) {
      next.ifPresent(pool::give);
      throw why;
    }
    return next.orElse(null);
  }

  /** Lets the writer go on without a reader. */
  void closeReader() {
    readerGone = true;
    drop();
  }

  private boolean offer(Optional<Chunk> chunk) throws InterruptedIOException {
    if (!readerGone) {
      try {
        full.put(chunk);
      } catch (InterruptedException e) {
        chunk.ifPresent(pool::give);
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the pull was stopped");
      }
    } else {
      chunk.ifPresent(pool::give);
    }
    return !readerGone;
  }

  private void drop() {
    for (Optional<Chunk> left = full.poll(); left != null; left = full.poll()) {
      left.ifPresent(pool::give);
    }
  }
}
