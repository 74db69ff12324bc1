package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** gzip: the headers here, what they introduce in a {@link GzipBody}. A file may have any number of members (RFC 1952, section 2.2). */
final class GzipDecoder implements Decoder {
  private static final int HEADER_CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private enum Part {
    FIXED,
    EXTRA_LENGTH,
    EXTRA_BYTES,
    NAME,
    COMMENT,
    HEADER_CHECKSUM,
    DATA
  }

  private final GzipBody body;
  private final byte[] field = new byte[10];
  private Part part = Part.FIXED;
  private int filled;
  private int flags;
  private int extra;

  GzipDecoder(GzipBody body) {
    this.body = body;
  }

  @Override
  public void decode(Chunk in, Chunk out) throws IOException {
    ByteBuffer input = in.bytes();
    while (out.bytes().hasRemaining()) {
      if (part == Part.DATA) {
        int taken = input.position();
        int written = out.bytes().position();
        if (body.inflate(in, out)) {
          begin(Part.FIXED);
        } else if (input.position() == taken && out.bytes().position() == written) {
          return;
        }
      } else if (!input.hasRemaining()) {
        return;
      } else {
        header(input.get());
      }
    }
  }

  private void header(byte next) throws HostileContentException {
    switch (part) {
      case FIXED -> {
        field[filled++] = next;
        if (filled == 10) {
          if ((field[0] & 0xff) != 0x1f || (field[1] & 0xff) != 0x8b || field[2] != 8 || (field[3] & 0xe0) != 0) {
            throw new HostileContentException("its gzip stream is broken: it has no valid header");
          }
          flags = field[3];
          after(Part.FIXED);
        }
      }
      case EXTRA_LENGTH -> {
        field[filled++] = next;
        if (filled == 2) {
          extra = (field[0] & 0xff) | (field[1] & 0xff) << 8;
          begin(Part.EXTRA_BYTES);
          if (extra == 0) {
            after(Part.EXTRA_BYTES);
          }
        }
      }
      case EXTRA_BYTES -> {
        if (--extra == 0) {
          after(Part.EXTRA_BYTES);
        }
      }
      case NAME, COMMENT -> {
        if (next == 0) {
          after(part);
        }
      }
      case HEADER_CHECKSUM -> {
        if (++filled == 2) {
          begin(Part.DATA);
        }
      }
      case DATA -> throw new IllegalStateException("data are inflated");
    }
  }

  /** Which part follows depends on the flags; each is passed over where its flag is not set. */
  private void after(Part done) {
    if (done.compareTo(Part.EXTRA_LENGTH) < 0 && (flags & EXTRA) != 0) {
      begin(Part.EXTRA_LENGTH);
    } else if (done.compareTo(Part.NAME) < 0 && (flags & NAME) != 0) {
      begin(Part.NAME);
    } else if (done.compareTo(Part.COMMENT) < 0 && (flags & COMMENT) != 0) {
      begin(Part.COMMENT);
    } else if ((flags & HEADER_CHECKSUM) != 0) {
      begin(Part.HEADER_CHECKSUM);
    } else {
      begin(Part.DATA);
    }
  }

  private void begin(Part next) {
    part = next;
    filled = 0;
  }

  @Override
  public void end() throws HostileContentException {
    if (part != Part.FIXED || filled > 0) {
      throw new HostileContentException("its gzip stream is cut off");
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
