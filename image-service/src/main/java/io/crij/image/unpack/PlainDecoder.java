package io.crij.image.unpack;

/** A layer that is not compressed. */
final class PlainDecoder implements Decoder {
  @Override
  public void decode(Chunk in, Chunk out) {
    int count = Math.min(in.bytes().remaining(), out.bytes().remaining());
    out.bytes().put(out.bytes().position(), in.bytes(), in.bytes().position(), count);
    in.bytes().position(in.bytes().position() + count);
    out.bytes().position(out.bytes().position() + count);
  }

  @Override
  public void end() {}

  @Override
  public void close() {}
}
