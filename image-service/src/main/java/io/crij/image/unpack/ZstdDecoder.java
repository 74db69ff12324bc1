package io.crij.image.unpack;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.crij.image.content.HostileContentException;
import java.io.IOException;

/**
 * zstd, any number of frames, skippable ones among them. libzstd refuses by itself what asks for a window above 128 MiB, which
 * is what {@code zstd --ultra --long} uses.
 */
final class ZstdDecoder implements Decoder {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private boolean between = true;

  @Override
  public void decode(Chunk in, Chunk out) throws IOException {
    // It may hold output back when the input is used up, so it is asked until nothing moves.
    while (out.bytes().hasRemaining()) {
      int taken = in.bytes().position();
      int written = out.bytes().position();
      if (between && !in.bytes().hasRemaining()) {
        return;
      }
      try {
        between = context.decompressDirectByteBufferStream(out.bytes(), in.bytes());
      } catch (ZstdException e) {
        throw new HostileContentException("its zstd stream is broken: " + e.getMessage());
      }
      if (in.bytes().position() == taken && out.bytes().position() == written) {
        return;
      }
    }
  }

  @Override
  public void end() throws HostileContentException {
    if (!between) {
      throw new HostileContentException("its zstd stream is cut off");
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
