package io.crij.image.unpack;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.crij.image.content.HostileContentException;

/** By the library that comes with the daemon. */
final class BundledZstdFrames implements ZstdFrames {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  @Override
  public boolean decompress(Chunk in, Chunk out) throws HostileContentException {
    try {
      return context.decompressDirectByteBufferStream(out.bytes(), in.bytes());
    } catch (ZstdException e) {
      throw ZstdFrames.broken(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
