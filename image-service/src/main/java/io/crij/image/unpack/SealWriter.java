package io.crij.image.unpack;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.crij.image.content.Digest;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes a layer's seal while it is unpacked: all bytes of its archive but the content of files, for which it names the file. Folder
 * and seal together are the archive again, bit for bit. An archive that names one file twice has no seal, for the content of the
 * first is nowhere. zstd, level 1: headers shrink to a fiftieth.
 *
 * <p>A seal is a row of parts: {@code 1}, length, bytes; {@code 2}, length of a path, path, number of runs, offset and length of each
 * run in the file; {@code 0} at the end. Lengths are 32, offsets 64 bits, big-endian. The seal of a layer that was finished with
 * those below it has a second frame, which names its copies of their files: {@code 3}, length of a path, path, digest of the content as text; {@code 0} at the end.
 */
final class SealWriter implements AutoCloseable {
  static final int END = 0;
  static final int BYTES = 1;
  static final int FILE = 2;
  static final int COPY = 3;

  private static final int PIECE_BYTES = 32 << 10;

  private final Path file;
  private final DataOutputStream out;
  private final byte[] piece = new byte[PIECE_BYTES];
  private int filled;

  SealWriter(Path file) throws IOException {
    this.file = file;
    // The buffer is in front of zstd: each write there is a call into native code, and a seal is made of pieces of a few bytes.
    this.out =
        new DataOutputStream(
            new BufferedOutputStream(
                new ZstdOutputStreamNoFinalizer(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), 1), 64 << 10));
  }

  /** Bytes of the archive that are in no file. */
  void bytes(byte[] from, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int count = Math.min(length - done, PIECE_BYTES - filled);
      System.arraycopy(from, offset + done, piece, filled, count);
      filled += count;
      done += count;
      if (filled == PIECE_BYTES) {
        flush();
      }
    }
  }

  /** Here the content of a file follows. */
  void content(String path, List<TarEntry.Chunk> runs) throws IOException {
    flush();
    byte[] name = Names.bytes(path);
    out.writeByte(FILE);
    out.writeInt(name.length);
    out.write(name);
    out.writeInt(runs.size());
    for (TarEntry.Chunk run : runs) {
      out.writeLong(run.offset());
      out.writeLong(run.length());
    }
  }

  /** The archive is at its end. */
  void finish() throws IOException {
    flush();
    out.writeByte(END);
    out.close();
  }

  /** Adds to a finished seal which files are copies out of layers below, if any. */
  static void addCopies(Path seal, Map<String, Digest> digests) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(new ZstdOutputStreamNoFinalizer(Files.newOutputStream(seal, StandardOpenOption.APPEND), 1), 64 << 10))) {
      for (Map.Entry<String, Digest> copy : digests.entrySet()) {
        byte[] name = Names.bytes(copy.getKey());
        out.writeByte(COPY);
        out.writeInt(name.length);
        out.write(name);
        out.writeUTF(copy.getValue().toString());
      }
      out.writeByte(END);
    }
  }

  /** There is no seal. */
  void forget() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }

  /** Ends the file as it is; nothing if it was finished. */
  @Override
  public void close() throws IOException {
    out.close();
  }

  private void flush() throws IOException {
    if (filled > 0) {
      out.writeByte(BYTES);
      out.writeInt(filled);
      out.write(piece, 0, filled);
      filled = 0;
    }
  }
}
