package io.crij.cgroups;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles the program that the kernel runs on each open and mknod of a device in a version 2 group. Its argument is
 * {@code struct bpf_cgroup_dev_ctx} of linux/bpf.h: three 32-bit words, (access << 16 | type), major and minor. It answers 1
 * to allow and 0 to refuse.
 *
 * <p>The accesses asked for and not yet decided are kept in one register. Rules are looked at from the last to the first: an
 * allow rule takes its letters out of the register, and when none is left the answer is yes; a deny rule answers no if it
 * names one of those that are left. So an access to read and write may be granted by two rules.
 */
final class DeviceProgram {
  private static final int RESULT = 0;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int LEFT = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;
  private static final int SCRATCH = 6;

  private static final int LOAD_WORD = 0x61;
  private static final int MOVE_REGISTER = 0xbc;
  private static final int MOVE = 0xb4;
  private static final int AND = 0x54;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_NOT_EQUAL = 0x55;
  private static final int EXIT = 0x95;

  private static final int ACCESS_MKNOD = 1;
  private static final int ACCESS_READ = 2;
  private static final int ACCESS_WRITE = 4;
  private static final int ACCESS_ALL = 7;
  private static final int TYPE_BLOCK = 1;
  private static final int TYPE_CHARACTER = 2;

  private record Instruction(int code, int target, int source, int offset, int value) {}

  private final List<Instruction> instructions = new ArrayList<>();

  private DeviceProgram() {}

  static byte[] assemble(List<DeviceRule> rules) {
    DeviceProgram program = new DeviceProgram();
    program.add(LOAD_WORD, TYPE, CONTEXT, 0, 0);
    program.add(MOVE_REGISTER, LEFT, TYPE, 0, 0);
    program.add(AND, TYPE, 0, 0, 0xffff);
    program.add(SHIFT_RIGHT, LEFT, 0, 0, 16);
    program.add(LOAD_WORD, MAJOR, CONTEXT, 4, 0);
    program.add(LOAD_WORD, MINOR, CONTEXT, 8, 0);
    boolean decided = false;
    for (DeviceRule rule : rules.reversed()) {
      if (rule.type() == DeviceRule.Type.ALL) {
        // It speaks of everything, so no rule before it can matter; the verifier refuses code that cannot be reached.
        program.answer(rule.allow());
        decided = true;
        break;
      }
      program.rule(rule);
    }
    if (!decided) {
      program.answer(false);
    }
    return program.bytes();
  }

  private void rule(DeviceRule rule) {
    List<Integer> jumpsToNext = new ArrayList<>();
    jumpsToNext.add(add(JUMP_IF_NOT_EQUAL, TYPE, 0, 0, rule.type() == DeviceRule.Type.BLOCK ? TYPE_BLOCK : TYPE_CHARACTER));
    if (rule.major() != DeviceRule.ANY) {
      jumpsToNext.add(add(JUMP_IF_NOT_EQUAL, MAJOR, 0, 0, (int) rule.major()));
    }
    if (rule.minor() != DeviceRule.ANY) {
      jumpsToNext.add(add(JUMP_IF_NOT_EQUAL, MINOR, 0, 0, (int) rule.minor()));
    }
    int access = mask(rule.access());
    if (rule.allow()) {
      add(AND, LEFT, 0, 0, ACCESS_ALL & ~access);
      jumpsToNext.add(add(JUMP_IF_NOT_EQUAL, LEFT, 0, 0, 0));
      answer(true);
    } else {
      add(MOVE_REGISTER, SCRATCH, LEFT, 0, 0);
      add(AND, SCRATCH, 0, 0, access);
      jumpsToNext.add(add(JUMP_IF_EQUAL, SCRATCH, 0, 0, 0));
      answer(false);
    }
    for (int jump : jumpsToNext) {
      Instruction old = instructions.get(jump);
      // Offsets count from the instruction after the jump.
      instructions.set(jump, new Instruction(old.code, old.target, old.source, instructions.size() - jump - 1, old.value));
    }
  }

  private void answer(boolean allow) {
    add(MOVE, RESULT, 0, 0, allow ? 1 : 0);
    add(EXIT, 0, 0, 0, 0);
  }

  private static int mask(String access) {
    return (access.indexOf('m') >= 0 ? ACCESS_MKNOD : 0)
        | (access.indexOf('r') >= 0 ? ACCESS_READ : 0)
        | (access.indexOf('w') >= 0 ? ACCESS_WRITE : 0);
  }

  private int add(int code, int target, int source, int offset, int value) {
    instructions.add(new Instruction(code, target, source, offset, value));
    return instructions.size() - 1;
  }

  private byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(instructions.size() * 8).order(ByteOrder.nativeOrder());
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    for (Instruction instruction : instructions) {
      buffer.put((byte) instruction.code);
      // Two register numbers share a byte as C bit fields do.
      int registers = little ? instruction.source << 4 | instruction.target : instruction.target << 4 | instruction.source;
      buffer.put((byte) registers);
      buffer.putShort((short) instruction.offset);
      buffer.putInt(instruction.value);
    }
    return buffer.array();
  }
}
