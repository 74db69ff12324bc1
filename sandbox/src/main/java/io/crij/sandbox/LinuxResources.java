package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;

/** What is true of the CRI's limits both for a pod as a whole and for one container. In them 0 means "not specified". */
public final class LinuxResources {
  /** What the kernel takes, in kernel/sched/core.c of version 6: a period of 1 ms to 1 s, and a quota that fits its clock. */
  private static final long LONGEST_QUOTA_MICROS = (1L << 44) - 1;

  private LinuxResources() {}

  /**
   * Refuses what no node can set of processor time and memory.
   *
   * @param field what messages call the message, with its path in the request
   * @throws CriException INVALID_ARGUMENT, naming the field
   */
  public static void check(String field, LinuxContainerResources asked) {
    atLeast(field + ".cpu_shares", asked.getCpuShares(), 0);
    zeroOrBetween(field + ".cpu_period", asked.getCpuPeriod(), 1_000, 1_000_000);
    if (asked.getCpuQuota() != -1) {
      zeroOrBetween(field + ".cpu_quota", asked.getCpuQuota(), 1_000, LONGEST_QUOTA_MICROS);
    }
    atLeast(field + ".memory_limit_in_bytes", asked.getMemoryLimitInBytes(), -1);
    atLeast(field + ".memory_swap_limit_in_bytes", asked.getMemorySwapLimitInBytes(), -1);
  }

  /** The state after an update: what it specifies takes over, the rest stays. */
  public static LinuxContainerResources merge(LinuxContainerResources old, LinuxContainerResources update) {
    // Scalars that are 0 or empty do not overwrite in proto3; maps are put together by key, lists are appended.
    LinuxContainerResources.Builder merged = old.toBuilder();
    if (update.getHugepageLimitsCount() > 0) {
      merged.clearHugepageLimits();
    }
    return merged.mergeFrom(update).build();
  }

  private static void zeroOrBetween(String field, long value, long lowest, long highest) {
    if (value != 0 && (value < lowest || value > highest)) {
      throw CriException.invalid(field + ": " + value + " microseconds are not between " + lowest + " and " + highest + ".");
    }
  }

  private static void atLeast(String field, long value, long lowest) {
    if (value < lowest) {
      throw CriException.invalid(field + ": " + value + " is less than " + lowest + ".");
    }
  }
}
