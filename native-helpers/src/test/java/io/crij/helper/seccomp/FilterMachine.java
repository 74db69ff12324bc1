package io.crij.helper.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a seccomp filter as the kernel does: the few instructions of classic BPF that libseccomp emits. */
final class FilterMachine {
  private final ByteBuffer code;

  FilterMachine(byte[] filter) {
    code = ByteBuffer.wrap(filter).order(ByteOrder.nativeOrder());
  }

  /** The filter's answer to a system call. */
  int answer(int arch, int number, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    data.putInt(number).putInt(arch).putLong(0);
    for (long argument : arguments) {
      data.putLong(argument);
    }
    int accumulator = 0;
    for (int at = 0; ; at++) {
      int operation = Short.toUnsignedInt(code.getShort(at * 8));
      int ifTrue = Byte.toUnsignedInt(code.get(at * 8 + 2));
      int ifFalse = Byte.toUnsignedInt(code.get(at * 8 + 3));
      int constant = code.getInt(at * 8 + 4);
      switch (operation) {
        case 0x20 -> accumulator = data.getInt(constant);
        case 0x54 -> accumulator &= constant;
        case 0x05 -> at += constant;
        case 0x15 -> at += accumulator == constant ? ifTrue : ifFalse;
        case 0x25 -> at += Integer.compareUnsigned(accumulator, constant) > 0 ? ifTrue : ifFalse;
        case 0x35 -> at += Integer.compareUnsigned(accumulator, constant) >= 0 ? ifTrue : ifFalse;
        case 0x45 -> at += (accumulator & constant) != 0 ? ifTrue : ifFalse;
        case 0x06 -> {
          return constant;
        }
        default -> throw new AssertionError("instruction 0x" + Integer.toHexString(operation));
      }
    }
  }
}
