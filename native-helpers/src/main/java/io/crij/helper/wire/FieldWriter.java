package io.crij.helper.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes fields: {@code u16 tag, u16 zero, u32 length, bytes}, little endian, nested by {@link #begin} and {@link #end}. */
public final class FieldWriter {
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 8;

  private byte[] bytes;
  private int size;

  public FieldWriter() {
    this(512);
  }

  public FieldWriter(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  public FieldWriter number(int tag, long value) {
    header(tag, Long.BYTES);
    LONG.set(bytes, size, value);
    size += Long.BYTES;
    return this;
  }

  public FieldWriter flag(int tag, boolean value) {
    return number(tag, value ? 1 : 0);
  }

  public FieldWriter text(int tag, String value) {
    return bytes(tag, value.getBytes(StandardCharsets.UTF_8));
  }

  public FieldWriter bytes(int tag, byte[] value) {
    header(tag, value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** Opens a field whose value is a run of fields; the answer goes to {@link #end}. */
  public int begin(int tag) {
    header(tag, 0);
    return size;
  }

  public void end(int begun) {
    INT.set(bytes, begun - Integer.BYTES, size - begun);
  }

  /** Raw numbers, for the headers of files and frames. */
  public FieldWriter int32(int value) {
    reserve(Integer.BYTES);
    INT.set(bytes, size, value);
    size += Integer.BYTES;
    return this;
  }

  public FieldWriter raw(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** Overwrites four bytes that were written before: a length known only now. */
  public void patchInt32(int offset, int value) {
    INT.set(bytes, offset, value);
  }

  /** So far, in bytes. */
  public int size() {
    return size;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private void header(int tag, int length) {
    reserve(HEADER + length);
    SHORT.set(bytes, size, (short) tag);
    SHORT.set(bytes, size + 2, (short) 0);
    INT.set(bytes, size + 4, length);
    size += HEADER;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, more)));
    }
  }
}
