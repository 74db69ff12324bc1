package io.crij.image.unpack;

import io.crij.helper.inflate.HostZstd;
import io.crij.helper.inflate.IsaLInflater;
import java.io.IOException;

/** Turns the bytes on the wire into those of the archive, chunk by chunk. For one thread. */
interface Decoder extends AutoCloseable {
  /** Takes from {@code in} and adds to {@code out} until one of them is used up. */
  void decode(Chunk in, Chunk out) throws IOException;

  /**
   * The input has ended.
   *
   * @throws HostileContentException if it was cut off
   */
  void end() throws IOException;

  @Override
  void close();

  /** The decoder for a layer that begins like this: gzip, zstd, or none. */
  static Decoder of(Chunk first) {
    byte[] magic = new byte[Math.min(4, first.bytes().remaining())];
    first.bytes().get(first.bytes().position(), magic);
    if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return new GzipDecoder(IsaLInflater.open().<GzipBody>map(IsaLBody::new).orElseGet(JdkBody::new));
    }
    if (magic.length == 4) {
      boolean frame = (magic[0] & 0xff) == 0x28 && (magic[1] & 0xff) == 0xb5 && magic[2] == 0x2f && (magic[3] & 0xff) == 0xfd;
      boolean skippable = (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
      if (frame || skippable) {
        return new ZstdDecoder(HostZstd.open().<ZstdFrames>map(HostZstdFrames::new).orElseGet(BundledZstdFrames::new), new ZstdWindows());
      }
    }
    return new PlainDecoder();
  }
}
