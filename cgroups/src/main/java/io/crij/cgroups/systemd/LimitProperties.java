package io.crij.cgroups.systemd;

import io.crij.cgroups.CgroupVersion;
import io.crij.cgroups.CpuWeight;
import io.crij.cgroups.Limits;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Limits as properties of a unit (systemd.resource-control(5)), so that systemd writes the same values again whenever it
 * reloads. What it has no property for stays in the control files alone.
 */
public final class LimitProperties {
  private static final long SECOND_MICROS = 1_000_000;

  /** systemd keeps a quota as a percentage without fractions. */
  private static final long PERCENT_MICROS = 10_000;

  private static final long DEFAULT_PERIOD_MICROS = 100_000;

  /** Control files of version 2 that have a property which takes one number or {@code max}. */
  private static final Map<String, String> UNIFIED =
      Map.of(
          "memory.high", "MemoryHigh",
          "memory.low", "MemoryLow",
          "memory.min", "MemoryMin",
          "memory.max", "MemoryMax",
          "memory.swap.max", "MemorySwapMax",
          "pids.max", "TasksMax",
          "cpu.weight", "CPUWeight");

  private static final Pattern NUMBER_LIST = Pattern.compile("[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*");

  private final List<UnitProperty> properties = new ArrayList<>();

  private LimitProperties() {}

  /**
   * The properties that say the same as {@code limits}; nothing for what is not specified.
   *
   * @param version on version 1 systemd knows shares and the memory limit only
   */
  public static List<UnitProperty> of(Limits limits, CgroupVersion version) {
    LimitProperties made = new LimitProperties();
    boolean v2 = version == CgroupVersion.V2;
    made.memory(limits, v2);
    made.cpu(limits, v2);
    made.number("TasksMax", limits.pids());
    if (v2) {
      made.bits("AllowedCPUs", limits.cpusetCpus());
      made.bits("AllowedMemoryNodes", limits.cpusetMems());
      made.unified(limits.unified());
    }
    return List.copyOf(made.properties);
  }

  private void memory(Limits limits, boolean v2) {
    Long memory = limits.memoryBytes();
    number(v2 ? "MemoryMax" : "MemoryLimit", memory);
    Long total = limits.memoryAndSwapBytes();
    if (v2 && total != null && total < 0) {
      number("MemorySwapMax", total);
    } else if (v2 && total != null && memory != null && memory >= 0) {
      number("MemorySwapMax", total - memory);
    }
  }

  private void cpu(Limits limits, boolean v2) {
    Long shares = limits.cpuShares();
    if (shares != null) {
      number(v2 ? "CPUWeight" : "CPUShares", v2 ? Long.valueOf(CpuWeight.ofShares(shares)) : shares);
    }
    Long quota = limits.cpuQuotaMicros();
    Long period = limits.cpuPeriodMicros();
    if (quota != null) {
      number("CPUQuotaPerSecUSec", quota < 0 ? quota : perSecond(quota, period == null ? DEFAULT_PERIOD_MICROS : period));
    }
    if (period != null) {
      number("CPUQuotaPeriodUSec", period);
    }
  }

  /** Rounded up to what systemd can keep: a container never gets less than it asked for. */
  private static long perSecond(long quota, long period) {
    long exact = quota * SECOND_MICROS / period;
    return (exact + PERCENT_MICROS - 1) / PERCENT_MICROS * PERCENT_MICROS;
  }

  private void unified(Map<String, String> unified) {
    unified.forEach(
        (file, value) -> {
          String property = UNIFIED.get(file);
          if (property != null) {
            parse(value).ifPresent(number -> number(property, number));
          }
        });
  }

  /** A text that the kernel would read otherwise, as {@code 1G}, is the control file's alone. */
  private static OptionalLong parse(String value) {
    String text = value.strip();
    if (text.equals("max")) {
      return OptionalLong.of(UnitProperty.INFINITY);
    }
    return text.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  private void number(String name, @Nullable Long value) {
    if (value != null) {
      properties.removeIf(earlier -> earlier.name().equals(name));
      properties.add(new UnitProperty.Number(name, value < 0 ? UnitProperty.INFINITY : value));
    }
  }

  private void bits(String name, @Nullable String list) {
    // What is no list is refused, with a sentence, when the control file is to be written.
    if (list == null || !NUMBER_LIST.matcher(list).matches()) {
      return;
    }
    BitSet set = new BitSet();
    for (String range : list.split(",")) {
      String[] ends = range.split("-", 2);
      int first = Integer.parseInt(ends[0]);
      set.set(first, Math.max(first, Integer.parseInt(ends[ends.length - 1])) + 1);
    }
    List<Byte> bytes = new ArrayList<>();
    for (byte one : set.toByteArray()) {
      bytes.add(one);
    }
    properties.add(new UnitProperty.Bits(name, bytes));
  }
}
