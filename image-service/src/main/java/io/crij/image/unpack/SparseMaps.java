package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the content of a sparse file goes: GNU tar's old header form and its PAX formats 0.0, 0.1 and 1.0 (GNU tar manual,
 * appendix "Sparse formats").
 */
final class SparseMaps {
  private static final int SLOT = 24;

  private SparseMaps() {}

  /** The map of an entry of type {@code S}: four slots in the header, more in the blocks behind it. */
  static List<TarEntry.Chunk> gnu(byte[] header, TarReader reader) throws IOException {
    List<TarEntry.Chunk> chunks = new ArrayList<>();
    boolean more = slots(header, 386, 4, chunks) && header[482] != 0;
    while (more) {
      if ((long) chunks.size() * SLOT > reader.maximumHeaderBytes()) {
        throw tooLarge();
      }
      byte[] block = reader.rawBlock();
      more = slots(block, 0, 21, chunks) && block[504] != 0;
    }
    return chunks;
  }

  static boolean isPax(PaxRecords pax) {
    return pax.get("GNU.sparse.map") != null || isVersion1(pax);
  }

  static boolean isVersion1(PaxRecords pax) {
    byte[] major = pax.get("GNU.sparse.major");
    return major != null && major.length == 1 && major[0] == '1';
  }

  static long realSize(PaxRecords pax) throws HostileContentException {
    return pax.number("GNU.sparse.realsize", pax.number("GNU.sparse.size", -1));
  }

  static List<TarEntry.Chunk> pax(PaxRecords pax, TarReader reader) throws IOException {
    byte[] map = pax.get("GNU.sparse.map");
    return isVersion1(pax) || map == null ? fromContent(reader) : fromText(map);
  }

  /** The chunks must be in order, must not overlap, must end inside the file and must be as long as the content. */
  static void check(List<TarEntry.Chunk> chunks, long realSize, long size) throws HostileContentException {
    if (realSize < 0) {
      throw new HostileContentException("a sparse archive entry does not say how large the file is");
    }
    if (chunks.isEmpty()) {
      return;
    }
    long end = 0;
    long content = 0;
    for (TarEntry.Chunk chunk : chunks) {
      if (chunk.offset() < end || chunk.length() < 0 || chunk.offset() > realSize || chunk.length() > realSize - chunk.offset()) {
        throw new HostileContentException("a sparse archive entry has a map that overlaps or leaves the file");
      }
      end = chunk.offset() + chunk.length();
      content += chunk.length();
    }
    if (content != size) {
      throw new HostileContentException("a sparse archive entry has a map that does not fit its content");
    }
  }

  private static boolean slots(byte[] block, int offset, int count, List<TarEntry.Chunk> chunks)
      throws HostileContentException {
    for (int i = 0; i < count; i++) {
      int at = offset + i * SLOT;
      if (block[at] == 0) {
        return false;
      }
      chunks.add(
          new TarEntry.Chunk(
              TarNumbers.parse(block, at, 12, "sparse offset"), TarNumbers.parse(block, at + 12, 12, "sparse length")));
    }
    return true;
  }

  private static List<TarEntry.Chunk> fromText(byte[] map) throws HostileContentException {
    String[] numbers = new String(map, StandardCharsets.ISO_8859_1).split(",", -1);
    if (numbers.length % 2 != 0) {
      throw new HostileContentException("a sparse map has an odd number of numbers");
    }
    List<TarEntry.Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < numbers.length; i += 2) {
      chunks.add(new TarEntry.Chunk(number(numbers[i]), number(numbers[i + 1])));
    }
    return chunks;
  }

  /** Format 1.0: newline-terminated decimal numbers in front of the content, the count first, padded to whole blocks. */
  private static List<TarEntry.Chunk> fromContent(TarReader reader) throws IOException {
    List<TarEntry.Chunk> chunks = new ArrayList<>();
    StringBuilder digits = new StringBuilder();
    long wanted = -1;
    long offset = -1;
    int read = 0;
    while (true) {
      byte[] block = reader.contentBlock();
      read += block.length;
      if (read > reader.maximumHeaderBytes()) {
        throw tooLarge();
      }
      for (byte b : block) {
        if (b != '\n') {
          digits.append((char) (b & 0xff));
          continue;
        }
        long value = number(digits.toString());
        digits.setLength(0);
        if (wanted < 0) {
          wanted = value;
        } else if (offset < 0) {
          offset = value;
        } else {
          chunks.add(new TarEntry.Chunk(offset, value));
          offset = -1;
        }
        if (chunks.size() == wanted) {
          return chunks;
        }
      }
    }
  }

  private static long number(String text) throws HostileContentException {
    long value = TarNumbers.decimal(text.getBytes(StandardCharsets.ISO_8859_1), "sparse map");
    if (value < 0) {
      throw new HostileContentException("a sparse map has a negative number");
    }
    return value;
  }

  private static HostileContentException tooLarge() {
    return new HostileContentException("a sparse map is too large");
  }
}
