package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;

/** A library that takes zstd frames apart. It refuses by itself what asks for a window above 128 MiB, as {@code zstd --ultra --long} uses. */
interface ZstdFrames extends AutoCloseable {
  /**
   * Takes from {@code in} and adds to {@code out} until one of them is used up or a frame ends.
   *
   * @return true if one ended and nothing of it is held back
   */
  boolean decompress(Chunk in, Chunk out) throws HostileContentException;

  @Override
  void close();

  static HostileContentException broken(String why) {
    return new HostileContentException("its zstd stream is broken: " + why);
  }
}
