package io.crij.helper.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over fields: {@link #next} moves to a field, the getters read it. Every length is checked against what is left.
 *
 * @see FieldWriter
 */
public final class FieldReader {
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 8;

  private final byte[] bytes;
  private final int end;
  private int position;
  private int tag;
  private int valueStart;
  private int valueLength;

  public FieldReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  public FieldReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  /**
   * Moves to the next field.
   *
   * @return false at the end
   * @throws WireException if the field is cut off or its padding is not zero
   */
  public boolean next() {
    if (position == end) {
      return false;
    }
    if (end - position < HEADER) {
      throw new WireException("a field is cut off at byte " + position);
    }
    tag = Short.toUnsignedInt((short) SHORT.get(bytes, position));
    int padding = (short) SHORT.get(bytes, position + 2);
    valueLength = (int) INT.get(bytes, position + 4);
    valueStart = position + HEADER;
    if (padding != 0) {
      throw new WireException("the padding of a field is not zero at byte " + position);
    }
    if (valueLength < 0 || valueLength > end - valueStart) {
      throw new WireException("a field is longer than what holds it at byte " + position);
    }
    position = valueStart + valueLength;
    return true;
  }

  public int tag() {
    return tag;
  }

  public long number() {
    if (valueLength != Long.BYTES) {
      throw new WireException("field " + tag + " has " + valueLength + " bytes where a number has 8");
    }
    return (long) LONG.get(bytes, valueStart);
  }

  /** The number, where the protocol bounds it. */
  public int number(int min, int max) {
    long value = number();
    if (value < min || value > max) {
      throw new WireException("field " + tag + " is " + value + ", not from " + min + " to " + max);
    }
    return (int) value;
  }

  public boolean flag() {
    return number(0, 1) == 1;
  }

  public String text() {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, valueStart, valueLength)).toString();
      if (text.indexOf('\0') >= 0) {
        throw new WireException("field " + tag + " holds a NUL");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new WireException("field " + tag + " is not UTF-8");
    }
  }

  public byte[] bytes() {
    return Arrays.copyOfRange(bytes, valueStart, valueStart + valueLength);
  }

  /** The fields inside this one. */
  public FieldReader nested() {
    return new FieldReader(bytes, valueStart, valueStart + valueLength);
  }
}
