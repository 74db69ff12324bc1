package io.crij.daemon.stream.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Frames from the server, which are whole messages and not masked. */
final class Frames {
  static final int NORMAL = 1000;
  static final int PROTOCOL_ERROR = 1002;

  private static final int FINAL = 0x80;
  private static final int HEADER_BYTES = 10;

  private Frames() {}

  /** The header of a message; room for {@code length} bytes of payload is left behind it. */
  static ByteBuf start(ByteBufAllocator alloc, Opcode opcode, int length) {
    ByteBuf frame = alloc.buffer(HEADER_BYTES + length);
    header(frame, opcode, length);
    return frame;
  }

  /** The header alone, for a payload that is sent as it is. */
  static ByteBuf headerOnly(ByteBufAllocator alloc, Opcode opcode, int length) {
    ByteBuf frame = alloc.buffer(HEADER_BYTES);
    header(frame, opcode, length);
    return frame;
  }

  static ByteBuf close(ByteBufAllocator alloc, int status) {
    return start(alloc, Opcode.CLOSE, 2).writeShort(status);
  }

  private static void header(ByteBuf frame, Opcode opcode, int length) {
    frame.writeByte(FINAL | opcode.code());
    if (length < 126) {
      frame.writeByte(length);
    } else if (length < 1 << 16) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
  }
}
