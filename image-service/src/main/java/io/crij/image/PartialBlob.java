package io.crij.image;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One blob's first bytes on disk. The stream delivers them, then what the registry sends, which is added to the file on its way.
 * A file that cannot be written, as on a full disk, is given up and the pull goes on without it.
 */
final class PartialBlob implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PartialBlob.class);

  /** Opens the blob from an offset on. */
  interface Rest {
    InputStream from(long offset) throws IOException;
  }

  private final @Nullable Path file;
  private final long present;
  private final Runnable atEnd;
  // Streams, not a channel: an interrupt closes a channel, and a pull that is stopped is to be resumed, too.
  private @Nullable InputStream reader;
  private @Nullable OutputStream writer;

  private PartialBlob(@Nullable Path file, @Nullable InputStream reader, @Nullable OutputStream writer, long present, Runnable atEnd) {
    this.file = file;
    this.reader = reader;
    this.writer = writer;
    this.present = present;
    this.atEnd = atEnd;
  }

  /** @param present how long the file is; all of it is delivered */
  static PartialBlob of(Path file, long present, Runnable atEnd) throws IOException {
    return new PartialBlob(file, new FileInputStream(file.toFile()), new FileOutputStream(file.toFile(), true), present, atEnd);
  }

  /** A blob that is not kept. */
  static PartialBlob none() {
    return new PartialBlob(null, null, null, 0, () -> {});
  }

  /** How many bytes need not be fetched. */
  long present() {
    return present;
  }

  /** The whole blob of {@code size} bytes; the registry is asked when the file's bytes are used up. */
  InputStream stream(long size, Rest rest) {
    return new InputStream() {
      private long at;
      private @Nullable InputStream network;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        InputStream kept = reader;
        if (at < present && kept != null) {
          int count = kept.read(into, offset, (int) Math.min(length, present - at));
          if (count <= 0) {
            throw new IOException("the partial file " + file + " became shorter");
          }
          at += count;
          return count;
        }
        InputStream body = network;
        if (body == null) {
          if (at > 0 && at == size) {
            return -1;
          }
          body = rest.from(at);
          network = body;
        }
        int count = body.read(into, offset, length);
        if (count > 0) {
          append(into, offset, count);
          at += count;
        }
        return count;
      }

      @Override
      public void close() throws IOException {
        if (network != null) {
          network.close();
        }
      }
    };
  }

  /** The blob is not needed any more, or what is in the file is not the blob. */
  void forget() {
    closeStreams();
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      log.warn("the partial file {} stays until it is swept away: {}", file, e.getMessage());
    }
  }

  /** The file stays for the next pull unless {@link #forget} was called. */
  @Override
  public void close() {
    closeStreams();
    atEnd.run();
  }

  private void append(byte[] bytes, int offset, int length) {
    if (writer == null) {
      return;
    }
    try {
      writer.write(bytes, offset, length);
    } catch (IOException e) {
      log.debug("a blob is not kept for a resumed pull", e);
      forget();
    }
  }

  private void closeStreams() {
    try (InputStream in = reader;
        OutputStream out = writer) {
      reader = null;
      writer = null;
    } catch (IOException e) {
      log.debug("closing {} failed", file, e);
    }
  }
}
