package io.crij.image.unpack;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** The stages between a layer as the registry sends it and its archive: inflate with limits, then hash. */
final class LayerBytes {
  private static final int ZSTD_WINDOW_LOG_MAX = 27; // 128 MiB: what zstd --ultra --long uses; larger windows are a bomb
  private static final int BUFFER = 64 << 10;

  private LayerBytes() {}

  /** Inflates {@code compressed} (gzip, zstd or neither, told by its first bytes) into {@code inflated} until its end. */
  static void inflate(InputStream compressed, ChunkPipe inflated, ImageLimits limits) throws IOException {
    CountingStream counted = new CountingStream(compressed);
    long total = 0;
    try (InputStream plain = open(counted)) {
      while (true) {
        byte[] buffer = inflated.buffer();
        int filled = plain.readNBytes(buffer, 0, buffer.length);
        total += filled;
        if (total > limits.layerBytes()) {
          throw new HostileContentException("it inflates to more than " + limits.layerBytes() + " bytes");
        }
        if (total > limits.ratioFloorBytes() && total / limits.ratio() > counted.count) {
          throw new HostileContentException("it inflates to more than " + limits.ratio() + " times its size");
        }
        if (filled == 0) {
          inflated.end();
          return;
        }
        if (!inflated.send(buffer, filled)) {
          return;
        }
      }
    } catch (ZipException | java.io.EOFException e) {
      throw new HostileContentException("its gzip stream is broken: " + e.getMessage());
    } catch (com.github.luben.zstd.ZstdIOException e) {
      throw new HostileContentException("its zstd stream is broken: " + e.getMessage());
    }
  }


  private static InputStream open(InputStream compressed) throws IOException {
    PushbackInputStream peekable = new PushbackInputStream(compressed, 4);
    byte[] magic = new byte[4];
    int read = peekable.readNBytes(magic, 0, 4);
    peekable.unread(magic, 0, read);
    if (read >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return new GZIPInputStream(peekable, BUFFER);
    }
    boolean zstdFrame =
        (magic[0] & 0xff) == 0x28 && (magic[1] & 0xff) == 0xb5 && magic[2] == 0x2f && (magic[3] & 0xff) == 0xfd;
    boolean zstdSkippable =
        (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
    if (read == 4 && (zstdFrame || zstdSkippable)) {
      return new ZstdInputStreamNoFinalizer(peekable).setLongMax(ZSTD_WINDOW_LOG_MAX);
    }
    return peekable;
  }

  /** Counts what was taken from the stream below. */
  private static final class CountingStream extends java.io.FilterInputStream {
    private long count;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }
}
