package io.crij.image.unpack;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A piece of a stream in native memory; {@code bytes} is a view of {@code memory}, its position and limit say what is left. */
record Chunk(MemorySegment memory, ByteBuffer bytes) {
  /** The memory of what is left. */
  MemorySegment rest() {
    return memory.asSlice(bytes.position(), bytes.remaining());
  }
}
