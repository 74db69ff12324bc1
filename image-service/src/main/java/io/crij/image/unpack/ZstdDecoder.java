package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.io.IOException;

/** zstd, any number of frames, skippable ones among them. */
final class ZstdDecoder implements Decoder {
  private final ZstdFrames frames;
  private boolean between = true;

  ZstdDecoder(ZstdFrames frames) {
    this.frames = frames;
  }

  @Override
  public void decode(Chunk in, Chunk out) throws IOException {
    // It may hold output back when the input is used up, so it is asked until nothing moves.
    while (out.bytes().hasRemaining()) {
      int taken = in.bytes().position();
      int written = out.bytes().position();
      if (between && !in.bytes().hasRemaining()) {
        return;
      }
      between = frames.decompress(in, out);
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
    frames.close();
  }
}
