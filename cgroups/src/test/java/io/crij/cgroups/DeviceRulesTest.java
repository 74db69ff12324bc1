package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.DeviceRule.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceRulesTest {
  private static DeviceRule rule(Type type, long major, long minor, String access, boolean allow) {
    return new DeviceRule(type, major, minor, access, allow);
  }

  private static boolean asks(DeviceRules rules, char type, int major, int minor, String access) {
    return new Bpf(rules.bpfProgram()).run(type, major, minor, access);
  }

  @Test
  void defaultsAllowTheUsualDevicesAndMakingNodes() {
    DeviceRules rules = DeviceRules.DEFAULT;
    assertThat(asks(rules, 'c', 1, 3, "rw")).as("null").isTrue();
    assertThat(asks(rules, 'c', 136, 77, "rw")).as("a pseudo terminal").isTrue();
    assertThat(asks(rules, 'c', 1, 1, "r")).as("mem").isFalse();
    assertThat(asks(rules, 'b', 8, 0, "r")).as("a disk").isFalse();
    assertThat(asks(rules, 'b', 8, 0, "m")).as("mknod of a disk").isTrue();
    assertThat(asks(rules, 'b', 8, 0, "rm")).isFalse();
    assertThat(asks(rules, 'b', 1, 3, "r")).as("the type counts").isFalse();
  }

  @Test
  void privilegedOpensEverything() {
    assertThat(asks(DeviceRules.ALLOW_ALL, 'b', 8, 0, "rwm")).isTrue();
    assertThat(DeviceRules.ALLOW_ALL.bpfProgram()).hasSize(8 * 8);
  }

  @Test
  void noRulesDenyEverything() {
    assertThat(asks(new DeviceRules(List.of()), 'c', 1, 3, "r")).isFalse();
  }

  @Test
  void twoRulesTogetherMayGrantOneAccess() {
    DeviceRules rules =
        new DeviceRules(List.of(rule(Type.CHARACTER, 10, 229, "r", true), rule(Type.CHARACTER, 10, DeviceRule.ANY, "w", true)));
    assertThat(asks(rules, 'c', 10, 229, "rw")).isTrue();
    assertThat(asks(rules, 'c', 10, 1, "w")).isTrue();
    assertThat(asks(rules, 'c', 10, 1, "rw")).isFalse();
  }

  @Test
  void theLastRuleThatSpeaksOfAnAccessDecides() {
    DeviceRules rules =
        DeviceRules.DEFAULT.with(List.of(rule(Type.CHARACTER, 1, 3, "w", false), rule(Type.BLOCK, 8, DeviceRule.ANY, "r", true)));
    assertThat(asks(rules, 'c', 1, 3, "r")).isTrue();
    assertThat(asks(rules, 'c', 1, 3, "w")).isFalse();
    assertThat(asks(rules, 'c', 1, 3, "rw")).isFalse();
    assertThat(asks(rules, 'b', 8, 4, "r")).isTrue();
    DeviceRules closed = rules.with(List.of(rule(Type.ALL, DeviceRule.ANY, DeviceRule.ANY, "rwm", false)));
    assertThat(asks(closed, 'c', 1, 3, "r")).isFalse();
  }

  @Test
  void version1LinesAreInOrder() {
    DeviceRules rules =
        new DeviceRules(List.of(rule(Type.CHARACTER, 1, DeviceRule.ANY, "rw", true), rule(Type.BLOCK, 8, 0, "m", false)));
    assertThat(rules.v1Writes())
        .containsExactly(
            new DeviceRules.V1Write("devices.deny", "a"),
            new DeviceRules.V1Write("devices.allow", "c 1:* rw"),
            new DeviceRules.V1Write("devices.deny", "b 8:0 m"));
  }

  @Test
  void rulesThatNoDeviceCanMatchAreRefused() {
    assertThatThrownBy(() -> rule(Type.BLOCK, 1, 1, "x", true)).hasMessageContaining("rwm");
    assertThatThrownBy(() -> rule(Type.BLOCK, 1, 1, "rr", true)).hasMessageContaining("rwm");
    assertThatThrownBy(() -> rule(Type.BLOCK, 4096, 1, "r", true)).hasMessageContaining("4096:1");
  }

  /** As much of a BPF machine as the program needs; the codes are from linux/bpf_common.h and linux/bpf.h. */
  private record Bpf(byte[] program) {
    boolean run(char type, int major, int minor, String access) {
      int bits = (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0);
      ByteBuffer context = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
      context.putInt(bits << 16 | (type == 'b' ? 1 : 2)).putInt(major).putInt(minor);
      ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
      long[] register = new long[11];
      for (int at = 0; at * 8 < program.length; at++) {
        int operation = code.get(at * 8) & 0xff;
        int target = code.get(at * 8 + 1) & 0xf;
        int source = (code.get(at * 8 + 1) & 0xf0) >> 4;
        int offset = code.getShort(at * 8 + 2);
        int value = code.getInt(at * 8 + 4);
        switch (operation) {
          case 0x61 -> register[target] = Integer.toUnsignedLong(context.getInt(offset));
          case 0xbc -> register[target] = register[source] & 0xffffffffL;
          case 0xb4 -> register[target] = Integer.toUnsignedLong(value);
          case 0x54 -> register[target] = register[target] & Integer.toUnsignedLong(value);
          case 0x74 -> register[target] = (register[target] & 0xffffffffL) >>> value;
          case 0x15 -> at += register[target] == value ? offset : 0;
          case 0x55 -> at += register[target] != value ? offset : 0;
          case 0x95 -> {
            return register[0] == 1;
          }
          default -> throw new AssertionError("instruction " + at + " has code " + operation);
        }
      }
      throw new AssertionError("the program runs over its end");
    }
  }
}
