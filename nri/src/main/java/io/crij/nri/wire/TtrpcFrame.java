package io.crij.nri.wire;

import java.nio.ByteBuffer;

/**
 * One message of ttrpc: a header of 10 bytes (length of the body, stream id, both 32 bits with the high byte first, a type and
 * flags of one byte each), then the body. Source: containerd/ttrpc, PROTOCOL.md.
 *
 * @param stream chosen by the caller, odd, each higher than the one before; the answer carries the same
 */
record TtrpcFrame(int stream, Type type, byte[] body) {
  static final int HEADER_BYTES = 10;
  static final int MAX_BODY_BYTES = 4 << 20;

  /** Whose body it is. Streams of data exist in ttrpc, and no call of NRI uses them. */
  enum Type {
    REQUEST(1),
    RESPONSE(2);

    private final int number;

    Type(int number) {
      this.number = number;
    }
  }

  TtrpcFrame {
    if (body.length > MAX_BODY_BYTES) {
      throw new IllegalArgumentException("a body of " + body.length + " bytes does not fit into one message");
    }
  }

  /** Header and body. */
  byte[] encode() {
    return ByteBuffer.allocate(HEADER_BYTES + body.length)
        .putInt(body.length)
        .putInt(stream)
        .put((byte) type.number)
        .put((byte) 0)
        .put(body)
        .array();
  }

  static Type type(int number) throws BrokenProtocol {
    for (Type type : Type.values()) {
      if (type.number == number) {
        return type;
      }
    }
    throw new BrokenProtocol("a message of type " + number + ", which no call of NRI uses");
  }
}
