package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive as GNU tar, star, Go, bsdtar and old tools write it: v7, ustar, PAX and GNU headers, long names, sparse
 * files. It keeps names and attribute values as bytes. Nothing here touches the disk, and nothing trusts a length: each one is
 * bounded before memory is taken for it.
 *
 * <p>Not thread-safe. The content of an entry must be read before {@link #next()}, which skips what is left of it.
 */
public final class TarReader {
  private static final int BLOCK = 512;

  private final InputStream source;
  private final @Nullable ChunkStream chunks;
  private final ImageLimits limits;
  private final byte[] block = new byte[BLOCK];
  private final byte[] discarded = new byte[16 * BLOCK];
  private long remaining;
  private int padding;
  private long entries;
  private @Nullable SealWriter seal;

  public TarReader(InputStream source, ImageLimits limits) {
    this.source = source;
    this.chunks = source instanceof ChunkStream stream ? stream : null;
    this.limits = limits;
  }

  /** From here on all bytes of the archive that are no content go to {@code writer}, and so does content that nobody reads. */
  void sealTo(SealWriter writer) {
    seal = writer;
  }

  /** Reads what follows the archive's end mark. */
  void drain() throws IOException {
    for (int count = source.read(discarded, 0, discarded.length); count >= 0; count = source.read(discarded, 0, discarded.length)) {
      keep(discarded, count);
    }
  }

  /**
   * The next entry, or null at the end of the archive.
   *
   * @throws HostileContentException if the bytes are no tar archive or break a limit
   */
  public @Nullable TarEntry next() throws IOException {
    skipContent();
    PaxRecords pax = PaxRecords.none();
    byte @Nullable [] longName = null;
    byte @Nullable [] longLink = null;
    int extensionBytes = 0;
    while (readHeader()) {
      if (++entries > limits.layerEntries()) {
        throw new HostileContentException("its archive has more than " + limits.layerEntries() + " entries");
      }
      long size = TarNumbers.parse(block, 124, 12, "size");
      if (size < 0) {
        throw new HostileContentException("a tar header has a negative size");
      }
      char flag = (char) (block[156] & 0xff);
      if (flag == 'x' || flag == 'L' || flag == 'K' || flag == 'g' || flag == 'X') {
        extensionBytes = boundExtension(extensionBytes, size);
        byte[] content = readExtension((int) size);
        switch (flag) {
          case 'x', 'X' -> pax = PaxRecords.parse(content);
          case 'L' -> longName = untilNul(content, 0, content.length);
          case 'K' -> longLink = untilNul(content, 0, content.length);
          default -> {} // A global header describes the archive (git's commit id); containerd passes over it, too.
        }
        continue;
      }
      if (flag == 'V') { // GNU volume label: no file
        begin(size);
        skipContent();
        continue;
      }
      return new TarEntryBuilder(block, pax, longName, longLink).build(this, flag, size);
    }
    if (!pax.isEmpty() || longName != null || longLink != null) {
      throw new HostileContentException("its archive ends after an extension header");
    }
    return null;
  }

  /** Content of the current entry; -1 at its end. */
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int count = source.read(buffer, offset, (int) Math.min(length, remaining));
    if (count < 0) {
      throw truncated();
    }
    remaining -= count;
    return count;
  }

  /**
   * The next bytes of the current entry's content where they lie in memory, at least one and at most {@code limit}, valid until
   * the next call; null at its end. For an archive that comes in chunks.
   */
  @Nullable MemorySegment run(long limit) throws IOException {
    if (remaining == 0) {
      return null;
    }
    MemorySegment run = Objects.requireNonNull(chunks, "the archive does not come in chunks").run(Math.min(limit, remaining));
    if (run == null) {
      throw truncated();
    }
    remaining -= run.byteSize();
    return run;
  }

  /** Declares how much content follows the header that was just read. */
  void begin(long size) {
    remaining = size;
    padding = (int) (-size & (BLOCK - 1));
  }

  /** Content of the current entry that was not read yet. */
  long remaining() {
    return remaining;
  }

  /** One raw block of the archive, for sparse maps that continue behind a header. */
  byte[] rawBlock() throws IOException {
    byte[] raw = new byte[BLOCK];
    readFully(raw);
    return raw;
  }

  /** One block of the current entry's content, for sparse maps that stand in front of it. */
  byte[] contentBlock() throws IOException {
    if (remaining < BLOCK) {
      throw new HostileContentException("a sparse map is longer than its entry");
    }
    remaining -= BLOCK;
    return rawBlock();
  }

  int maximumHeaderBytes() {
    return limits.headerBytes();
  }

  private int boundExtension(int before, long size) throws HostileContentException {
    if (size > limits.headerBytes() - before) {
      throw new HostileContentException(
          "the extension headers of one archive entry are larger than " + limits.headerBytes() + " bytes");
    }
    return before + (int) size;
  }

  private byte[] readExtension(int size) throws IOException {
    byte[] content = new byte[size];
    readFully(content);
    begin(size);
    remaining = 0;
    skipContent();
    return content;
  }

  // Read, not skipped: a stream that hashes what passes does not see what is skipped.
  private void skipContent() throws IOException {
    long left = remaining + padding;
    while (left > 0) {
      int count = source.read(discarded, 0, (int) Math.min(left, discarded.length));
      if (count < 0) {
        throw truncated();
      }
      keep(discarded, count);
      left -= count;
    }
    remaining = 0;
    padding = 0;
  }

  /** Reads a header into {@link #block}; false at the end mark or the end of the stream. */
  private boolean readHeader() throws IOException {
    int count = source.readNBytes(block, 0, BLOCK);
    keep(block, count);
    if (count == 0) {
      return false; // Old writers leave the end mark out, and Go's reader accepts that.
    }
    if (count < BLOCK) {
      throw truncated();
    }
    if (isZero(block)) {
      return false;
    }
    checkSum();
    return true;
  }

  private void checkSum() throws HostileContentException {
    long expected;
    try {
      expected = TarNumbers.parse(block, 148, 8, "checksum");
    } catch (HostileContentException e) {
      expected = -1; // Not even a number: what follows says the same in better words.
    }
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte value = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += value & 0xff;
      signed += value; // Old Sun writers summed signed bytes.
    }
    if (expected != unsigned && expected != signed) {
      throw new HostileContentException("it is not a tar archive: a header's checksum is wrong");
    }
  }

  private void readFully(byte[] into) throws IOException {
    if (source.readNBytes(into, 0, into.length) < into.length) {
      throw truncated();
    }
    keep(into, into.length);
  }

  private void keep(byte[] bytes, int length) throws IOException {
    if (seal != null) {
      seal.bytes(bytes, 0, length);
    }
  }

  static byte[] untilNul(byte[] bytes, int offset, int length) {
    int end = offset;
    while (end < offset + length && bytes[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(bytes, offset, end);
  }

  static boolean hasMagic(byte[] header, String magic) {
    byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.equals(header, 257, 257 + expected.length, expected, 0, expected.length);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static HostileContentException truncated() {
    return new HostileContentException("its archive is truncated");
  }
}
