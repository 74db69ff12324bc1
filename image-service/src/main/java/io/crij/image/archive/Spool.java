package io.crij.image.archive;

import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * The files of one archive while it is loaded, one behind the other in a file without a name: the archive may say only at its end what
 * they are, and a daemon that is killed leaves nothing. It stops before the disk is full. For one thread.
 */
public final class Spool implements AutoCloseable {
  /** What the archive must leave of the disk: a twentieth, or this if that is less. */
  private static final long RESERVE_BYTES = 1L << 30;
  private static final int RESERVE_PART = 20;
  private static final long LOOK_EVERY_BYTES = 32L << 20;
  private static final int BUFFER_BYTES = 256 << 10;

  /** Some bytes in the spool. */
  public record Part(long offset, long size, Digest digest) {}

  private final FileChannel file;
  private final Path folder;
  private final FileStore disk;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long end;
  private long looked;

  private Spool(FileChannel file, Path folder, FileStore disk) {
    this.file = file;
    this.folder = folder;
    this.disk = disk;
  }

  /** Makes an empty one on the disk of {@code folder}. */
  public static Spool in(Path folder) throws IOException {
    Path name = Files.createTempFile(folder, "load", ".spool");
    FileChannel file = FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Files.delete(name);
      Spool spool = new Spool(file, folder, Files.getFileStore(folder));
      spool.look();
      return spool;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Takes {@code size} bytes.
   *
   * @throws HostileContentException if there are fewer
   * @throws FileSystemException if the disk would become too full
   */
  public Part store(InputStream from, long size) throws IOException {
    MessageDigest digest = Digest.sha256();
    long begin = end;
    while (end - begin < size) {
      int count = from.read(buffer, 0, (int) Math.min(buffer.length, size - (end - begin)));
      if (count < 0) {
        throw new HostileContentException("it is cut off");
      }
      digest.update(buffer, 0, count);
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
      while (bytes.hasRemaining()) {
        end += file.write(bytes, end);
      }
      if (end - looked > LOOK_EVERY_BYTES) {
        look();
      }
    }
    return new Part(begin, size, Digest.finish(digest));
  }

  /** The bytes of a part, from its first on. */
  public InputStream open(Part part) {
    return new PartStream(part.offset(), part.offset() + part.size());
  }

  /** All bytes of a part. */
  public byte[] bytes(Part part, int limit, String what) throws IOException {
    if (part.size() > limit) {
      throw new HostileContentException("its " + what + " is larger than " + limit + " bytes");
    }
    try (InputStream in = open(part)) {
      return in.readAllBytes();
    }
  }

  private void look() throws IOException {
    looked = end;
    long reserve = Math.min(RESERVE_BYTES, disk.getTotalSpace() / RESERVE_PART);
    if (disk.getUsableSpace() < reserve) {
      throw new FileSystemException(folder.toString(), null, "No space left: of its disk, " + reserve + " bytes are not for archives");
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private final class PartStream extends InputStream {
    private final long last;
    private long at;

    PartStream(long first, long last) {
      this.at = first;
      this.last = last;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (at >= last) {
        return -1;
      }
      int count = file.read(ByteBuffer.wrap(into, offset, (int) Math.min(length, last - at)), at);
      if (count > 0) {
        at += count;
      }
      return count;
    }
  }
}
