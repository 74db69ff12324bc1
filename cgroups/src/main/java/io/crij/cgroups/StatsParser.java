package io.crij.cgroups;

import java.util.HashMap;
import java.util.Map;

/** The texts of cgroupfs as values. No file is touched here. */
final class StatsParser {
  /** From here up a version 1 limit means none: the kernel reports the largest number of whole pages. */
  private static final long V1_UNLIMITED = Long.MAX_VALUE - (1 << 20);

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
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * 1000);
  }

  static CpuStats cpuV1(String cpuacctUsage, String cpuStat) {
    Map<String, Long> stat = flat(cpuStat);
    return new CpuStats(
        unsigned(cpuacctUsage),
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_time", 0L));
  }

  static MemoryStats memoryV2(String current, String swapCurrent, String memoryStat) {
    Map<String, Long> stat = flat(memoryStat);
    return memory(
        unsigned(current),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("inactive_file", 0L),
        stat.getOrDefault("active_file", 0L),
        swapCurrent.isEmpty() ? 0 : unsigned(swapCurrent),
        stat);
  }

  static MemoryStats memoryV1(String usage, String memoryStat) {
    Map<String, Long> stat = flat(memoryStat);
    return memory(
        unsigned(usage),
        stat.getOrDefault("total_rss", 0L),
        stat.getOrDefault("total_inactive_file", 0L),
        stat.getOrDefault("total_active_file", 0L),
        stat.getOrDefault("total_swap", 0L),
        Map.of(
            "pgfault", stat.getOrDefault("total_pgfault", 0L),
            "pgmajfault", stat.getOrDefault("total_pgmajfault", 0L)));
  }

  private static MemoryStats memory(
      long usage, long rss, long inactiveFile, long activeFile, long swap, Map<String, Long> faults) {
    return new MemoryStats(
        usage,
        Math.max(0, usage - inactiveFile),
        rss,
        inactiveFile + activeFile,
        swap,
        faults.getOrDefault("pgfault", 0L),
        faults.getOrDefault("pgmajfault", 0L));
  }
}
