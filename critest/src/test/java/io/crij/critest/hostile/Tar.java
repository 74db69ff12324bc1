package io.crij.critest.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tar archives byte by byte, so that each field can lie. Names and text are ISO-8859-1: one character, one byte. */
final class Tar {
  static final int BLOCK = 512;
  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char SYMLINK = '2';
  static final char CHARACTER_DEVICE = '3';
  static final char BLOCK_DEVICE = '4';
  static final char FOLDER = '5';
  static final char FIFO = '6';
  private static final int SIZE_AT = 124;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One header block; a checksum that fits is put in last. */
  static byte[] header(char type, String name, String link, int mode, String sizeField) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name.length() > 100 ? name.substring(0, 100) : name);
    put(block, 100, "%07o".formatted(mode));
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, SIZE_AT, sizeField);
    put(block, 136, "14500000000");
    block[156] = (byte) type;
    put(block, 157, link.length() > 100 ? link.substring(0, 100) : link);
    put(block, 257, "ustar");
    put(block, 263, "00");
    return sum(block);
  }

  static byte[] sum(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  static String octal(long size) {
    return "%011o".formatted(size);
  }

  Tar raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** An entry with PAX records in front where its names are long. */
  Tar entry(char type, String name, String link, int mode, byte[] content) {
    String records = (name.length() > 100 ? record("path", name) : "") + (link.length() > 100 ? record("linkpath", link) : "");
    return (records.isEmpty() ? this : pax(records)).raw(header(type, name, link, mode, octal(content.length))).padded(content);
  }

  Tar file(String name, String content) {
    return entry(FILE, name, "", 0644, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  Tar folder(String name) {
    return entry(FOLDER, name + "/", "", 0755, new byte[0]);
  }

  Tar symlink(String name, String target) {
    return entry(SYMLINK, name, target, 0777, new byte[0]);
  }

  Tar hardLink(String name, String target) {
    return entry(HARD_LINK, name, target, 0644, new byte[0]);
  }

  Tar device(char type, String name, int major, int minor) {
    byte[] block = header(type, name, "", 0666, octal(0));
    put(block, 329, "%07o".formatted(major));
    put(block, 337, "%07o".formatted(minor));
    return raw(sum(block));
  }

  /** A file whose header says {@code size}, with {@code content} behind it. */
  Tar claims(String name, String sizeField, byte[] content) {
    return raw(header(FILE, name, "", 0644, sizeField)).padded(content);
  }

  /** PAX records for the next entry. */
  Tar pax(String records) {
    return extension('x', records.getBytes(StandardCharsets.ISO_8859_1));
  }

  Tar extension(char type, byte[] content) {
    return raw(header(type, "extension", "", 0644, octal(content.length))).padded(content);
  }

  static String record(String key, String value) {
    int rest = key.length() + value.length() + 3;
    int length = rest + String.valueOf(rest).length();
    length = rest + String.valueOf(length).length();
    return length + " " + key + "=" + value + "\n";
  }

  Tar padded(byte[] content) {
    return raw(content).raw(new byte[-content.length & (BLOCK - 1)]);
  }

  byte[] bytes() {
    byte[] whole = Arrays.copyOf(out.toByteArray(), out.size() + 2 * BLOCK);
    return whole;
  }

  /** As it is, without an end mark. */
  byte[] unfinished() {
    return out.toByteArray();
  }
}
