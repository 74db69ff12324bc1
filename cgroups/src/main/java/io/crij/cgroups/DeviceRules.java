package io.crij.cgroups;

import java.util.ArrayList;
import java.util.List;

/**
 * Which devices a group may use: everything is denied, then the rules are taken in order and the last that speaks of an
 * access decides. One {@link DeviceRule.Type#ALL} rule opens or closes everything.
 */
public record DeviceRules(List<DeviceRule> rules) {
  /** Everything allowed, as privileged containers have it. */
  public static final DeviceRules ALLOW_ALL =
      new DeviceRules(List.of(new DeviceRule(DeviceRule.Type.ALL, DeviceRule.ANY, DeviceRule.ANY, "rwm", true)));

  /**
   * What every container may use: null, zero, full, random, urandom, tty, console, ptmx and pseudo terminals. Making device
   * nodes of any kind is open too, as in the other runtimes (image builders make them): opening one is not.
   */
  public static final DeviceRules DEFAULT =
      new DeviceRules(
          List.of(
              character(DeviceRule.ANY, DeviceRule.ANY, "m"),
              new DeviceRule(DeviceRule.Type.BLOCK, DeviceRule.ANY, DeviceRule.ANY, "m", true),
              character(1, 3, "rwm"),
              character(1, 5, "rwm"),
              character(1, 7, "rwm"),
              character(1, 8, "rwm"),
              character(1, 9, "rwm"),
              character(5, 0, "rwm"),
              character(5, 1, "rwm"),
              character(5, 2, "rwm"),
              character(136, DeviceRule.ANY, "rwm")));

  /** One write to a control file of version 1. */
  record V1Write(String file, String line) {}

  public DeviceRules {
    rules = List.copyOf(rules);
  }

  /** These rules and then {@code more}. */
  public DeviceRules with(List<DeviceRule> more) {
    List<DeviceRule> all = new ArrayList<>(rules);
    all.addAll(more);
    return new DeviceRules(all);
  }

  /** The instructions of a BPF_PROG_TYPE_CGROUP_DEVICE program, 8 bytes each in the machine's byte order; see bpf(2). */
  public byte[] bpfProgram() {
    return DeviceProgram.assemble(rules);
  }

  List<V1Write> v1Writes() {
    List<V1Write> writes = new ArrayList<>();
    writes.add(new V1Write("devices.deny", "a"));
    for (DeviceRule rule : rules) {
      writes.add(new V1Write(rule.allow() ? "devices.allow" : "devices.deny", rule.v1Line()));
    }
    return writes;
  }

  private static DeviceRule character(long major, long minor, String access) {
    return new DeviceRule(DeviceRule.Type.CHARACTER, major, minor, access, true);
  }
}
