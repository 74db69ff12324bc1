package io.crij.image.unpack;

import io.crij.helper.inflate.HostZstd;
import io.crij.image.content.HostileContentException;

/** By the host's library. */
final class HostZstdFrames implements ZstdFrames {
  private final HostZstd stream;

  HostZstdFrames(HostZstd stream) {
    this.stream = stream;
  }

  @Override
  public boolean decompress(Chunk in, Chunk out) throws HostileContentException {
    try {
      HostZstd.Moved moved = stream.decompress(in.rest(), out.rest());
      in.bytes().position(in.bytes().position() + moved.taken());
      out.bytes().position(out.bytes().position() + moved.written());
      return moved.ended();
    } catch (HostZstd.BrokenStreamException e) {
      throw ZstdFrames.broken(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
