package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** By the JDK's zlib. */
final class JdkBody implements GzipBody {
  private static final int TRAILER_BYTES = 8;

  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private final ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  @Override
  public boolean inflate(Chunk in, Chunk out) throws HostileContentException {
    ByteBuffer output = out.bytes();
    int before = output.position();
    if (!inflater.finished()) {
      inflater.setInput(in.bytes());
      try {
        inflater.inflate(output);
      } catch (DataFormatException e) {
        throw GzipBody.broken(e.getMessage() == null ? "its data are invalid" : e.getMessage());
      }
      if (inflater.needsDictionary()) {
        throw GzipBody.broken("it asks for a dictionary");
      }
      checksum.update(output.duplicate().position(before).limit(output.position()));
    }
    while (inflater.finished() && trailer.hasRemaining() && in.bytes().hasRemaining()) {
      trailer.put(in.bytes().get());
    }
    if (trailer.hasRemaining()) {
      return false;
    }
    if (trailer.getInt(0) != (int) checksum.getValue() || trailer.getInt(4) != (int) inflater.getBytesWritten()) {
      throw GzipBody.broken("its checksum is wrong");
    }
    checksum.reset();
    inflater.reset();
    trailer.clear();
    return true;
  }

  @Override
  public void close() {
    inflater.end();
  }
}
