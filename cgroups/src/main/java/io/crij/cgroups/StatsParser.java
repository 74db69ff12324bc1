package io.crij.cgroups;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The texts of cgroupfs as values. No file is touched here. */
final class StatsParser {
  /** From here up a version 1 limit means none: the kernel reports the largest number of whole pages. */
  private static final long V1_UNLIMITED = Long.MAX_VALUE - (1 << 20);

  /** USER_HZ, which is 100 wherever Linux runs containers. */
  private static final long TICK_NANOS = 10_000_000;

  private StatsParser() {}

  /** {@code name value} lines; a line that is not such is passed over, as later kernels add forms. */
  static Map<String, Long> flat(String text) {
    Map<String, Long> values = new HashMap<>();
    for (String line : text.lines().toList()) {
      int blank = line.indexOf(' ');
      if (blank > 0) {
        try {
          values.put(line.substring(0, blank), unsigned(line.substring(blank + 1).strip()));
        } catch (NumberFormatException e) {
          continue;
        }
      }
    }
    return values;
  }

  /** A limit of either version: {@code max}, -1 and the version 1 maximum are {@link Limits#UNLIMITED}. */
  static long limit(String text) {
    if (text.equals("max") || text.startsWith("-")) {
      return Limits.UNLIMITED;
    }
    long value = unsigned(text);
    return value >= V1_UNLIMITED ? Limits.UNLIMITED : value;
  }

  /** A count that may use all 64 bits; what is above the range of long is cut to its maximum. */
  static long unsigned(String text) {
    long value = Long.parseUnsignedLong(text);
    return value < 0 ? Long.MAX_VALUE : value;
  }

  static CpuStats cpuV2(String cpuStat) {
    Map<String, Long> stat = flat(cpuStat);
    return new CpuStats(
        stat.getOrDefault("usage_usec", 0L) * 1000,
        stat.getOrDefault("user_usec", 0L) * 1000,
        stat.getOrDefault("system_usec", 0L) * 1000,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * 1000);
  }

  static CpuStats cpuV1(String cpuacctUsage, String cpuacctStat, String cpuStat) {
    Map<String, Long> ticks = flat(cpuacctStat);
    Map<String, Long> stat = flat(cpuStat);
    return new CpuStats(
        unsigned(cpuacctUsage),
        ticks.getOrDefault("user", 0L) * TICK_NANOS,
        ticks.getOrDefault("system", 0L) * TICK_NANOS,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_time", 0L));
  }

  static MemoryStats memoryV2(String current, String swapCurrent, String memoryStat) {
    Map<String, Long> stat = flat(memoryStat);
    long usage = unsigned(current);
    long inactiveFile = stat.getOrDefault("inactive_file", 0L);
    long faults = stat.getOrDefault("pgfault", 0L);
    long majorFaults = stat.getOrDefault("pgmajfault", 0L);
    return new MemoryStats(
        usage,
        Math.max(0, usage - inactiveFile),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("file", 0L),
        stat.getOrDefault("file_mapped", 0L),
        inactiveFile + stat.getOrDefault("active_file", 0L),
        swapCurrent.isEmpty() ? 0 : unsigned(swapCurrent),
        faults,
        majorFaults,
        faults,
        majorFaults);
  }

  static MemoryStats memoryV1(String usageInBytes, String memoryStat) {
    Map<String, Long> stat = flat(memoryStat);
    long usage = unsigned(usageInBytes);
    long inactiveFile = stat.getOrDefault("total_inactive_file", 0L);
    return new MemoryStats(
        usage,
        Math.max(0, usage - inactiveFile),
        stat.getOrDefault("total_rss", 0L),
        stat.getOrDefault("total_cache", 0L),
        stat.getOrDefault("total_mapped_file", 0L),
        inactiveFile + stat.getOrDefault("total_active_file", 0L),
        stat.getOrDefault("total_swap", 0L),
        stat.getOrDefault("total_pgfault", 0L),
        stat.getOrDefault("total_pgmajfault", 0L),
        stat.getOrDefault("pgfault", 0L),
        stat.getOrDefault("pgmajfault", 0L));
  }

  /** {@code io.stat}: {@code 8:0 rbytes=1 wbytes=2 rios=3 wios=4 …}; a device may stand alone on its line. */
  static IoStats ioV2(String ioStat) {
    IoCounts counts = new IoCounts();
    for (String line : ioStat.lines().toList()) {
      String[] words = line.strip().split(" ");
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        if (equals > 0) {
          counts.add(words[0], words[i].substring(0, equals), words[i].substring(equals + 1));
        }
      }
    }
    return counts.stats();
  }

  /** The two {@code blkio.throttle} files: {@code 8:0 Read 12}, and a last line {@code Total 12}. */
  static IoStats ioV1(String serviceBytes, String serviced) {
    IoCounts counts = new IoCounts();
    for (String line : serviceBytes.lines().toList()) {
      String[] words = line.strip().split(" ");
      if (words.length == 3) {
        counts.add(words[0], words[1].equals("Read") ? "rbytes" : words[1].equals("Write") ? "wbytes" : "", words[2]);
      }
    }
    for (String line : serviced.lines().toList()) {
      String[] words = line.strip().split(" ");
      if (words.length == 3) {
        counts.add(words[0], words[1].equals("Read") ? "rios" : words[1].equals("Write") ? "wios" : "", words[2]);
      }
    }
    return counts.stats();
  }

  /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0} and the same for {@code full}; null if it is not such a text. */
  static @Nullable Pressure pressure(String text) {
    Pressure.Share some = null;
    Pressure.Share full = null;
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split(" ");
      Pressure.Share share = words.length == 5 ? share(words) : null;
      if (share != null && words[0].equals("some")) {
        some = share;
      } else if (share != null && words[0].equals("full")) {
        full = share;
      }
    }
    return some == null ? null : new Pressure(some, full);
  }

  private static Pressure.@Nullable Share share(String[] words) {
    try {
      return new Pressure.Share(
          Double.parseDouble(after("avg10=", words[1])),
          Double.parseDouble(after("avg60=", words[2])),
          Double.parseDouble(after("avg300=", words[3])),
          unsigned(after("total=", words[4])) * 1000);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String after(String name, String word) {
    return word.startsWith(name) ? word.substring(name.length()) : "";
  }

  /** Counts by device, in the words of {@code io.stat}. */
  private static final class IoCounts {
    private final Map<String, Map<String, Long>> devices = new TreeMap<>();

    void add(String device, String what, String value) {
      try {
        devices.computeIfAbsent(device, name -> new HashMap<>()).put(what, unsigned(value));
      } catch (NumberFormatException e) {
        // A form of later kernels.
        return;
      }
    }

    IoStats stats() {
      List<IoStats.Device> all = new ArrayList<>();
      devices.forEach(
          (name, count) -> {
            String[] numbers = name.split(":");
            if (numbers.length == 2 && isNumber(numbers[0]) && isNumber(numbers[1])) {
              all.add(
                  new IoStats.Device(
                      Integer.parseInt(numbers[0]),
                      Integer.parseInt(numbers[1]),
                      count.getOrDefault("rios", 0L),
                      count.getOrDefault("wios", 0L),
                      count.getOrDefault("rbytes", 0L),
                      count.getOrDefault("wbytes", 0L)));
            }
          });
      return new IoStats(all);
    }

    private static boolean isNumber(String text) {
      return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
  }
}
