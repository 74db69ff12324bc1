package io.crij.helper.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A message: {@code u32 payload length, u16 type, u16 zero, u64 request id}, then the payload.
 *
 * @param type of {@link MessageType}
 * @param id of the request
 */
public record Frame(int type, long id, byte[] payload) {
  public static final int HEADER_BYTES = 16;
  public static final int MAX_PAYLOAD_BYTES = 1 << 20;

  /** The fields of the payload. */
  public FieldReader fields() {
    return new FieldReader(payload);
  }

  /** The bytes to send. */
  public byte[] encode() {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new WireException("the message has " + payload.length + " bytes, more than " + MAX_PAYLOAD_BYTES);
    }
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(payload.length).putShort((short) type).putShort((short) 0).putLong(id).put(payload);
    return out.array();
  }

  /** What the first 16 bytes of a frame say. */
  public record Header(int payloadLength, int type, long id) {
    /**
     * @param bytes 16 of them, little endian
     * @throws WireException if a bound is broken
     */
    public static Header parse(ByteBuffer bytes) {
      ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
      int length = in.getInt();
      int type = Short.toUnsignedInt(in.getShort());
      int padding = in.getShort();
      long id = in.getLong();
      if (length < 0 || length > MAX_PAYLOAD_BYTES || padding != 0) {
        throw new WireException("a frame of type " + type + " claims " + Integer.toUnsignedString(length) + " bytes");
      }
      return new Header(length, type, id);
    }
  }
}
