package io.crij.image.unpack;

import io.crij.helper.inflate.IsaLInflater;
import io.crij.image.content.HostileContentException;

/** By the host's ISA-L. */
final class IsaLBody implements GzipBody {
  private final IsaLInflater inflater;

  IsaLBody(IsaLInflater inflater) {
    this.inflater = inflater;
  }

  @Override
  public boolean inflate(Chunk in, Chunk out) throws HostileContentException {
    long moved;
    try {
      moved = inflater.inflate(in.rest(), out.rest());
    } catch (IsaLInflater.BrokenStreamException e) {
      throw GzipBody.broken(String.valueOf(e.getMessage()));
    }
    in.bytes().position(in.bytes().position() + (int) (moved >>> 32));
    out.bytes().position(out.bytes().position() + (int) moved);
    boolean finished = inflater.isFinished();
    if (finished) {
      inflater.next();
    }
    return finished;
  }

  @Override
  public void close() {
    inflater.close();
  }
}
