package io.crij.image.archive;

import io.crij.image.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;

/** Writes a tar archive (POSIX.1-2001 ustar, pax for files above 8 GiB) in one pass. Equal files make equal archives: nothing has a time. */
public final class ArchiveWriter {
  /** What was to be written is not what its digest says. */
  public static final class ChangedContentException extends IOException {
    private static final long serialVersionUID = 1;

    ChangedContentException(Digest digest) {
      super("the content of " + digest + " is not what it was");
    }
  }

  private static final int BLOCK = 512;
  private static final int NAME_MAX = 100;
  private static final long OCTAL_MAX = (1L << 33) - 1;
  private static final int BUFFER_BYTES = 256 << 10;

  private final OutputStream out;

  public ArchiveWriter(OutputStream out) {
    this.out = out;
  }

  /** A folder; its name has a slash at the end. */
  public void folder(String name) throws IOException {
    out.write(header(name, 0, '5', 0755));
  }

  public void file(String name, byte[] content) throws IOException {
    begin(name, content.length);
    out.write(content);
    pad(content.length);
  }

  /**
   * Copies a file.
   *
   * @throws ChangedContentException if the bytes do not have this size and digest; the archive is spoilt then
   */
  public void file(String name, long size, Digest digest, InputStream content) throws IOException {
    begin(name, size);
    MessageDigest hash = Digest.sha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    long copied = 0;
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      copied += count;
      if (copied > size) {
        break;
      }
      hash.update(buffer, 0, count);
      out.write(buffer, 0, count);
    }
    if (copied != size || !Digest.finish(hash).equals(digest)) {
      throw new ChangedContentException(digest);
    }
    pad(size);
  }

  /** Writes the end mark. */
  public void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }

  private void begin(String name, long size) throws IOException {
    if (size > OCTAL_MAX) {
      byte[] record = paxRecord("size", Long.toString(size));
      out.write(header("pax", record.length, 'x', 0644));
      out.write(record);
      pad(record.length);
    }
    out.write(header(name, Math.min(size, OCTAL_MAX), '0', 0644));
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) (-size & (BLOCK - 1))]);
  }

  /** {@code "LENGTH KEY=VALUE\n"}, where the length counts itself, too. */
  private static byte[] paxRecord(String key, String value) {
    int rest = key.length() + value.length() + 3;
    int length = rest + 1;
    while (rest + Integer.toString(length).length() != length) {
      length = rest + Integer.toString(length).length();
    }
    return (length + " " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] header(String name, long size, char type, int mode) {
    byte[] header = new byte[BLOCK];
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > NAME_MAX) {
      throw new IllegalArgumentException("the name of an archive's file has " + path.length + " bytes");
    }
    System.arraycopy(path, 0, header, 0, path.length);
    octal(header, 100, 7, mode);
    octal(header, 108, 7, 0);
    octal(header, 116, 7, 0);
    octal(header, 124, 11, size);
    octal(header, 136, 11, 0);
    header[156] = (byte) type;
    text(header, 257, "ustar\0" + "00");
    text(header, 148, "        ");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    octal(header, 148, 6, sum);
    header[154] = 0;
    return header;
  }

  private static void octal(byte[] header, int offset, int digits, long value) {
    text(header, offset, String.format(Locale.ROOT, "%0" + digits + "o", value));
  }

  private static void text(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }
}
