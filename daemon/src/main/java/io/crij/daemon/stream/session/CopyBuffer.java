package io.crij.daemon.stream.session;

import java.nio.ByteBuffer;

/** Bytes on their way from one stream to another: little for a session that is idle, and more for one that fills it each time. */
final class CopyBuffer {
  private static final int FIRST = 4 << 10;
  private static final int LARGEST = 64 << 10;

  private ByteBuffer bytes = ByteBuffer.allocate(FIRST);
  private boolean filled;

  /** To be read into. */
  ByteBuffer empty() {
    if (filled && bytes.capacity() < LARGEST) {
      bytes = ByteBuffer.allocate(bytes.capacity() * 4);
      filled = false;
    }
    return bytes.clear();
  }

  /** What was read. */
  ByteBuffer content() {
    filled = !bytes.hasRemaining();
    return bytes.flip();
  }
}
