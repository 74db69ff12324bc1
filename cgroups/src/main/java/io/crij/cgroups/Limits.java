package io.crij.cgroups;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a control group may use, in the words of the CRI. Null (or a missing key) means not specified: it stays as it is.
 *
 * @param cpuShares relative weight, 2 to 262144, 1024 is the kernel's default
 * @param cpuQuotaMicros CPU time per period in microseconds; -1 is unlimited
 * @param cpuPeriodMicros length of a period in microseconds
 * @param memoryBytes memory in bytes; -1 is unlimited
 * @param memoryAndSwapBytes memory and swap together in bytes, never below {@code memoryBytes}; -1 is unlimited;
 *     null leaves as much swap as there was when {@code memoryBytes} changes
 * @param pids number of tasks; -1 is unlimited
 * @param cpusetCpus CPUs as a list such as {@code 0-2,7}
 * @param cpusetMems NUMA nodes as a list
 * @param hugepages bytes by page size as the kernel names it, such as {@code 2MB}
 * @param unified control files of version 2 by name and the text to write, written after all others
 */
public record Limits(
    @Nullable Long cpuShares,
    @Nullable Long cpuQuotaMicros,
    @Nullable Long cpuPeriodMicros,
    @Nullable Long memoryBytes,
    @Nullable Long memoryAndSwapBytes,
    @Nullable Long pids,
    @Nullable String cpusetCpus,
    @Nullable String cpusetMems,
    Map<String, Long> hugepages,
    Map<String, String> unified) {

  /** Nothing specified. */
  public static final Limits NONE = new Limits(null, null, null, null, null, null, null, null, Map.of(), Map.of());

  /** The value that stands for no limit. */
  public static final long UNLIMITED = -1;

  public Limits {
    hugepages = Map.copyOf(hugepages);
    unified = Map.copyOf(unified);
  }

  /**
   * These limits for a new container: where memory is limited and swap is not spoken of, the container gets no swap, as
   * with the other runtimes.
   */
  public Limits withoutUnaskedSwap() {
    if (memoryBytes == null || memoryBytes <= 0 || memoryAndSwapBytes != null) {
      return this;
    }
    return new Limits(
        cpuShares, cpuQuotaMicros, cpuPeriodMicros, memoryBytes, memoryBytes, pids, cpusetCpus, cpusetMems, hugepages, unified);
  }

  /** These limits where they are specified, those of {@code base} elsewhere: the state after an update. */
  public Limits over(Limits base) {
    return new Limits(
        cpuShares != null ? cpuShares : base.cpuShares,
        cpuQuotaMicros != null ? cpuQuotaMicros : base.cpuQuotaMicros,
        cpuPeriodMicros != null ? cpuPeriodMicros : base.cpuPeriodMicros,
        memoryBytes != null ? memoryBytes : base.memoryBytes,
        memoryAndSwapBytes != null ? memoryAndSwapBytes : base.memoryAndSwapBytes,
        pids != null ? pids : base.pids,
        cpusetCpus != null ? cpusetCpus : base.cpusetCpus,
        cpusetMems != null ? cpusetMems : base.cpusetMems,
        merged(base.hugepages, hugepages),
        merged(base.unified, unified));
  }

  private static <V> Map<String, V> merged(Map<String, V> below, Map<String, V> above) {
    Map<String, V> both = new java.util.TreeMap<>(below);
    both.putAll(above);
    return both;
  }
}
