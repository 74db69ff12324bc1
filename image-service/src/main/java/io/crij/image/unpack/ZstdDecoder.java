package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.io.IOException;

/** zstd, any number of frames, skippable ones among them. */
final class ZstdDecoder implements Decoder {
  /** What {@code zstd --ultra --long} uses, and the libraries take. */
  private static final long WINDOW_MAX = 128L << 20;

  private final ZstdFrames frames;
  private final ZstdWindows windows;
  private final ZstdHead head = new ZstdHead();
  private boolean headKnown;
  private boolean between = true;

  ZstdDecoder(ZstdFrames frames, ZstdWindows windows) {
    this.frames = frames;
    this.windows = windows;
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
      if (!headKnown) {
        long window = head.window(in.bytes());
        headKnown = window >= 0;
        if (window > WINDOW_MAX) {
          throw ZstdFrames.broken("it asks for a window of more than " + (WINDOW_MAX >> 20) + " MiB");
        }
        windows.need(window);
      }
      between = frames.decompress(in, out);
      if (between) {
        head.begin();
        headKnown = false;
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
    frames.close();
    windows.close();
  }
}
