package io.crij.helper.inflate;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/**
 * Two gzip members that a library must inflate rightly before a layer is given to it, cut at many places: a library with another
 * layout of its state fails here and not in an image.
 */
final class KnownStream {
  private static final int HEADER_BYTES = 10;
  private static final int PLAIN_BYTES = 900;

  private KnownStream() {}

  static boolean isInflated(Object functions) {
    byte[] plain = new byte[PLAIN_BYTES];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = (byte) (i * i / 7);
    }
    byte[] stream = twice(plain);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocate(stream.length);
      MemorySegment.copy(stream, 0, input, JAVA_BYTE, 0, stream.length);
      MemorySegment output = arena.allocate(2L * PLAIN_BYTES + 1);
      // Near the beginning, and all over the checksum and the length at the end of the first member.
      int second = stream.length / 2;
      return IntStream.concat(IntStream.of(11, 12, second / 2), IntStream.rangeClosed(second - 10, second + 1))
          .allMatch(cut -> isInflated(functions, input, output, cut, plain));
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static boolean isInflated(Object functions, MemorySegment input, MemorySegment output, int cut, byte[] plain) {
    long size = input.byteSize();
    long at = HEADER_BYTES;
    long written = 0;
    int members = 0;
    try (IsaLInflater inflater = IsaLInflater.of(functions)) {
      while (at < size && members < 2) {
        long end = at < cut ? cut : size;
        long moved = inflater.inflate(input.asSlice(at, end - at), output.asSlice(written, Math.min(300, output.byteSize() - written)));
        at += moved >>> 32;
        written += moved & 0xffff_ffffL;
        if (inflater.isFinished()) {
          members++;
          at += HEADER_BYTES;
          inflater.next();
        } else if (moved == 0) {
          return false;
        }
      }
    } catch (IsaLInflater.BrokenStreamException e) {
      return false;
    }
    return members == 2
        && written == 2L * PLAIN_BYTES
        && Arrays.equals(output.asSlice(0, PLAIN_BYTES).toArray(JAVA_BYTE), plain)
        && Arrays.equals(output.asSlice(PLAIN_BYTES, PLAIN_BYTES).toArray(JAVA_BYTE), plain);
  }

  private static byte[] twice(byte[] plain) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 2; i++) {
      try (GZIPOutputStream gzip = new GZIPOutputStream(all)) {
        gzip.write(plain);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all.toByteArray();
  }
}
