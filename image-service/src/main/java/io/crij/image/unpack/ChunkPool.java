package io.crij.image.unpack;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of all layers that are on their way on this node. They are native memory: the inflater writes into them and the
 * kernel reads from them without a copy. When no layer is on its way, all of it is given back to the system.
 */
public final class ChunkPool {
  static final int CHUNK_BYTES = 256 << 10;

  private final Deque<Chunk> free = new ArrayDeque<>();
  private final Set<Chunk> lent = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable Arena arena;
  private int layers;

  /** A layer begins; {@link #leave} ends it, after its last use of any chunk. */
  synchronized void enter() {
    if (layers++ == 0) {
      arena = Arena.ofShared();
    }
  }

  synchronized void leave() {
    if (--layers == 0 && arena != null) {
      free.clear();
      lent.clear();
      arena.close();
      arena = null;
    }
  }

  /** An empty chunk. How many a layer holds at one time is bounded by its pipes. */
  synchronized Chunk take() {
    Chunk chunk = free.poll();
    if (chunk == null) {
      var memory = java.util.Objects.requireNonNull(arena, "no layer was entered").allocate(CHUNK_BYTES, 64);
      chunk = new Chunk(memory, memory.asByteBuffer());
    }
    chunk.bytes().clear();
    lent.add(chunk);
    return chunk;
  }

  /**
   * Takes a chunk back.
   *
   * @throws IllegalStateException if the giver does not own it: a chunk with two owners would carry bytes from one layer into another,
   *     behind the place where they are checked
   */
  synchronized void give(Chunk chunk) {
    if (!lent.remove(chunk)) {
      throw new IllegalStateException("a chunk was given back twice");
    }
    free.push(chunk);
  }
}
