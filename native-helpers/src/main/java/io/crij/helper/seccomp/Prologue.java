package io.crij.helper.seccomp;

import java.nio.ByteBuffer;

/** Classic BPF before a filter: {@code struct sock_filter} is u16 code, u8 jump if true, u8 jump if false, u32 constant. */
final class Prologue {
  /** For one architecture. */
  static final int MAX_BYTES = 6 * 8;

  private static final short LOAD_WORD = 0x20;
  private static final short JUMP_EQUAL = 0x15;
  private static final short JUMP_GREATER = 0x25;
  private static final short JUMP_GREATER_OR_EQUAL = 0x35;
  private static final short RETURN = 0x06;

  /** Offsets in {@code struct seccomp_data}. */
  private static final int NUMBER = 0;

  private static final int ARCH = 4;
  private static final int X32_BIT = 0x4000_0000;

  private Prologue() {}

  /** Appends: of this architecture, a system call above {@code newest} is answered with ENOSYS. */
  static void put(ByteBuffer out, Arch arch, int newest) {
    if (newest < 0) {
      return;
    }
    switch (arch) {
      case X86_64 -> {
        put(out, LOAD_WORD, 0, 0, ARCH);
        put(out, JUMP_EQUAL, 0, 4, arch.token());
        put(out, LOAD_WORD, 0, 0, NUMBER);
        put(out, JUMP_GREATER_OR_EQUAL, 2, 0, X32_BIT);
        put(out, JUMP_GREATER, 0, 1, newest);
      }
      case X32 -> {
        // To the kernel x32 is x86-64 with a bit in the number.
        put(out, LOAD_WORD, 0, 0, ARCH);
        put(out, JUMP_EQUAL, 0, 3, Arch.X86_64.token());
        put(out, LOAD_WORD, 0, 0, NUMBER);
        put(out, JUMP_GREATER, 0, 1, newest | X32_BIT);
      }
      case X86, AARCH64, ARM -> {
        put(out, LOAD_WORD, 0, 0, ARCH);
        put(out, JUMP_EQUAL, 0, 3, arch.token());
        put(out, LOAD_WORD, 0, 0, NUMBER);
        put(out, JUMP_GREATER, 0, 1, newest);
      }
    }
    put(out, RETURN, 0, 0, Action.ERRNO | Action.ENOSYS);
  }

  private static void put(ByteBuffer out, short code, int ifTrue, int ifFalse, int constant) {
    out.putShort(code).put((byte) ifTrue).put((byte) ifFalse).putInt(constant);
  }
}
