package io.crij.image.http;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One frame of HTTP/2 (RFC 9113, section 4).
 *
 * @param payload at most {@link #PAYLOAD_MAX} bytes
 */
record Http2Frame(int type, int flags, int stream, byte[] payload) {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY = 0x20;

  /** What a peer may send unless told otherwise; we tell nothing else. */
  static final int PAYLOAD_MAX = 16_384;
  private static final int HEAD_BYTES = 9;

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** The next frame, or null at the end of the connection between two frames. */
  static @Nullable Http2Frame read(DataInputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int length = first << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt() & Integer.MAX_VALUE;
    if (length > PAYLOAD_MAX) {
      throw new HttpProtocolException("sends a frame of " + length + " bytes");
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Http2Frame(type, flags, stream, payload);
  }

  byte[] encode() {
    return ByteBuffer.allocate(HEAD_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** The payload without padding, and without the priority in front of headers. */
  byte[] content() throws HttpProtocolException {
    int from = has(PADDED) ? 1 : 0;
    int padding = has(PADDED) && payload.length > 0 ? payload[0] & 0xff : 0;
    if (type == HEADERS && has(PRIORITY)) {
      from += 5;
    }
    if (from + padding > payload.length) {
      throw new HttpProtocolException("sends a frame that is all padding");
    }
    return from + padding == 0 ? payload : java.util.Arrays.copyOfRange(payload, from, payload.length - padding);
  }

  /** The number in a payload of four bytes, without its reserved bit. */
  int number() throws HttpProtocolException {
    if (payload.length != 4) {
      throw new HttpProtocolException("sends a frame of a wrong size");
    }
    return ByteBuffer.wrap(payload).getInt() & Integer.MAX_VALUE;
  }

  static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }
}
