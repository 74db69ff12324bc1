package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.nio.ByteBuffer;

/**
 * Looks at the head of a frame before the library gets it, to know how much memory its window takes (RFC 8878, section 3.1.1.1). A head
 * may be spread over chunks.
 */
final class ZstdHead {
  private static final int LONGEST = 18;
  private static final int MAGIC = 0xfd2fb528;
  private static final int SKIPPABLE = 0x184d2a50;
  private static final int SKIPPABLE_MASK = 0xfffffff0;
  private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};

  private final byte[] bytes = new byte[LONGEST];
  private int have;

  /** A frame begins with the next byte. */
  void begin() {
    have = 0;
  }

  /**
   * Looks at what comes and takes nothing. While the answer is -1 the caller must let the library take all of {@code in}.
   *
   * @return bytes of the frame's window, 0 for a frame without content, -1 while that is not known
   * @throws HostileContentException if it is no frame, or one of a form before the standard
   */
  long window(ByteBuffer in) throws HostileContentException {
    for (int at = in.position(); at < in.limit() && have < LONGEST; at++) {
      bytes[have++] = in.get(at);
      long window = window();
      if (window >= 0) {
        return window;
      }
    }
    return -1;
  }

  private long window() throws HostileContentException {
    if (have < 4) {
      return -1;
    }
    int magic = (int) number(0, 4);
    if ((magic & SKIPPABLE_MASK) == SKIPPABLE) {
      return 0;
    }
    if (magic != MAGIC) {
      throw ZstdFrames.broken("a frame does not begin as frames do");
    }
    if (have < 5) {
      return -1;
    }
    int descriptor = bytes[4] & 0xff;
    boolean single = (descriptor & 0x20) != 0;
    if (!single) {
      return have < 6 ? -1 : windowOf(bytes[5] & 0xff);
    }
    int at = 5 + DICTIONARY_ID_BYTES[descriptor & 3];
    int length = 1 << (descriptor >> 6);
    if (have < at + length) {
      return -1;
    }
    // The window is as large as the content. A number beyond a long is beyond all limits, too.
    long content = number(at, length) + (length == 2 ? 256 : 0);
    return content < 0 ? Long.MAX_VALUE : content;
  }

  private static long windowOf(int descriptor) {
    long base = 1L << (10 + (descriptor >> 3));
    return base + base / 8 * (descriptor & 7);
  }

  private long number(int at, int length) {
    long number = 0;
    for (int i = length - 1; i >= 0; i--) {
      number = number << 8 | (bytes[at + i] & 0xff);
    }
    return number;
  }
}
