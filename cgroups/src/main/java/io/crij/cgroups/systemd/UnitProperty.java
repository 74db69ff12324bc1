package io.crij.cgroups.systemd;

import java.util.List;

/** One property of a unit, as org.freedesktop.systemd1(5) types it. */
public sealed interface UnitProperty {
  /** systemd's {@code infinity}. */
  long INFINITY = -1;

  String name();

  /** A {@code b}. */
  record Flag(String name, boolean value) implements UnitProperty {}

  /** A {@code s}. */
  record Text(String name, String value) implements UnitProperty {}

  /** A {@code t}; {@link #INFINITY} is its largest value. */
  record Number(String name, long value) implements UnitProperty {}

  /** An {@code au}. */
  record Processes(String name, List<Integer> pids) implements UnitProperty {
    public Processes {
      pids = List.copyOf(pids);
    }
  }

  /** An {@code ay}: bit {@code n} of byte {@code m} is number {@code 8 m + n}. */
  record Bits(String name, List<Byte> value) implements UnitProperty {
    public Bits {
      value = List.copyOf(value);
    }
  }
}
