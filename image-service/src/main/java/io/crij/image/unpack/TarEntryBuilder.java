package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an entry of a header block and the extension headers before it: PAX wins over GNU long names, both over the block. */
final class TarEntryBuilder {
  private static final long NANOS = 1_000_000_000L;

  private final byte[] block;
  private final PaxRecords pax;
  private final byte @Nullable [] longName;
  private final byte @Nullable [] longLink;

  TarEntryBuilder(byte[] block, PaxRecords pax, byte @Nullable [] longName, byte @Nullable [] longLink) {
    this.block = block;
    this.pax = pax;
    this.longName = longName;
    this.longLink = longLink;
  }

  TarEntry build(TarReader reader, char flag, long headerSize) throws IOException {
    byte[] path = path();
    TarEntry.Type type = type(flag, path);
    boolean hasContent = type == TarEntry.Type.FILE;
    long size = hasContent ? pax.number("size", headerSize) : 0;
    if (size < 0) {
      throw new HostileContentException("a PAX header has a negative size");
    }
    // Links, devices and folders carry no content whatever their size field says: Go's reader, and so containerd, agrees.
    List<TarEntry.Chunk> chunks = List.of();
    long realSize = size;
    if (flag == 'S') {
      chunks = SparseMaps.gnu(block, reader);
      realSize = TarNumbers.parse(block, 483, 12, "real size");
      reader.begin(size);
    } else {
      reader.begin(size);
      if (hasContent && SparseMaps.isPax(pax)) {
        chunks = SparseMaps.pax(pax, reader);
        realSize = SparseMaps.realSize(pax);
        size = reader.remaining();
      }
    }
    SparseMaps.check(chunks, realSize, size);
    long[] mtime = mtime();
    Map<String, byte[]> attributes = pax.attributes();
    return new TarEntry(
        type,
        path,
        link(),
        (int) (TarNumbers.parse(block, 100, 8, "mode") & 07777),
        id("uid", 108),
        id("gid", 116),
        size,
        realSize,
        mtime[0],
        (int) mtime[1],
        device(type, 329),
        device(type, 337),
        chunks,
        attributes);
  }

  private byte[] path() {
    byte[] sparseName = pax.get("GNU.sparse.name");
    if (sparseName != null) {
      return sparseName;
    }
    byte[] paxPath = pax.get("path");
    if (paxPath != null && paxPath.length > 0) {
      return paxPath;
    }
    if (longName != null) {
      return longName;
    }
    byte[] name = TarReader.untilNul(block, 0, 100);
    if (!TarReader.hasMagic(block, "ustar\0") || block[345] == 0) {
      return name;
    }
    byte[] prefix = TarReader.untilNul(block, 345, 155);
    byte[] whole = new byte[prefix.length + 1 + name.length];
    System.arraycopy(prefix, 0, whole, 0, prefix.length);
    whole[prefix.length] = '/';
    System.arraycopy(name, 0, whole, prefix.length + 1, name.length);
    return whole;
  }

  private byte[] link() {
    byte[] paxLink = pax.get("linkpath");
    if (paxLink != null && paxLink.length > 0) {
      return paxLink;
    }
    return longLink != null ? longLink : TarReader.untilNul(block, 157, 100);
  }

  private static TarEntry.Type type(char flag, byte[] path) throws HostileContentException {
    return switch (flag) {
      // Before ustar a folder was a file whose name ends in a slash.
      case 0, '0', '7', 'S' -> path.length > 0 && path[path.length - 1] == '/' && flag != 'S' ? TarEntry.Type.FOLDER : TarEntry.Type.FILE;
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMBOLIC_LINK;
      case '3' -> TarEntry.Type.CHARACTER_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.FOLDER;
      case '6' -> TarEntry.Type.FIFO;
      default ->
          throw new HostileContentException(
              "its archive has the entry '" + Names.printable(path) + "' of the unknown type '" + (flag >= ' ' && flag < 127 ? flag : '?') + "' (" + (int) flag + ")");
    };
  }

  /** A user or group id; the kernel has 32 bits, and all ones means "leave it". */
  private int id(String key, int offset) throws HostileContentException {
    long value = pax.number(key, TarNumbers.parse(block, offset, 8, key));
    if (value < 0 || value > 0xfffffffeL) {
      throw new HostileContentException("an archive entry has the impossible " + key + " " + value);
    }
    return (int) value;
  }

  private int device(TarEntry.Type type, int offset) throws HostileContentException {
    if (type != TarEntry.Type.CHARACTER_DEVICE && type != TarEntry.Type.BLOCK_DEVICE) {
      return 0;
    }
    long value = TarNumbers.parse(block, offset, 8, "device");
    if (value < 0 || value > 0xffffff) {
      throw new HostileContentException("an archive entry has an impossible device number");
    }
    return (int) value;
  }

  /** Seconds and nanoseconds; a PAX time may be negative and may have a fraction of any length. */
  private long[] mtime() throws HostileContentException {
    byte[] text = pax.get("mtime");
    if (text == null || text.length == 0) {
      return new long[] {TarNumbers.parse(block, 136, 12, "mtime"), 0};
    }
    String decimal = new String(text, StandardCharsets.ISO_8859_1);
    int dot = decimal.indexOf('.');
    String whole = dot < 0 ? decimal : decimal.substring(0, dot);
    String fraction = dot < 0 ? "" : decimal.substring(dot + 1);
    fraction = (fraction + "000000000").substring(0, 9);
    boolean negative = whole.startsWith("-");
    long seconds = whole.isEmpty() || whole.equals("-") ? 0 : TarNumbers.decimal(whole.getBytes(StandardCharsets.ISO_8859_1), "mtime");
    long nanos = TarNumbers.decimal(fraction.getBytes(StandardCharsets.ISO_8859_1), "mtime");
    if (negative && nanos > 0) {
      return new long[] {seconds - 1, NANOS - nanos};
    }
    return new long[] {seconds, nanos};
  }
}
