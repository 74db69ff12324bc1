package io.crij.sandbox;

import io.crij.cgroups.Limits;
import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.PodSandboxConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a pod may use as a whole: its containers' resources and, on top, what running it costs. */
final class PodLimits {
  /** What the kernel takes, in kernel/sched/core.c of version 6: a period of 1 ms to 1 s, and a quota that fits its clock. */
  private static final long LONGEST_QUOTA_MICROS = (1L << 44) - 1;

  private PodLimits() {}

  /** @throws CriException INVALID_ARGUMENT, naming the field */
  static void check(String field, LinuxContainerResources asked) {
    atLeast(field + ".cpu_shares", asked.getCpuShares(), 0);
    zeroOrBetween(field + ".cpu_period", asked.getCpuPeriod(), 1_000, 1_000_000);
    if (asked.getCpuQuota() != -1) {
      zeroOrBetween(field + ".cpu_quota", asked.getCpuQuota(), 1_000, LONGEST_QUOTA_MICROS);
    }
    atLeast(field + ".memory_limit_in_bytes", asked.getMemoryLimitInBytes(), -1);
  }

  /** What a pod's configuration says. */
  static Limits of(PodSandboxConfig config) {
    return together(config.getLinux().getResources(), config.getLinux().getOverhead());
  }

  /** The state after an update: what it specifies takes over, the rest stays. */
  static LinuxContainerResources merge(LinuxContainerResources old, LinuxContainerResources update) {
    LinuxContainerResources.Builder merged = old.toBuilder();
    if (update.getHugepageLimitsCount() > 0) {
      merged.clearHugepageLimits();
    }
    return merged.mergeFrom(update).build();
  }

  /** Both added up; a part that is unlimited makes the whole so. */
  static Limits together(LinuxContainerResources resources, LinuxContainerResources overhead) {
    long period = resources.getCpuPeriod() != 0 ? resources.getCpuPeriod() : overhead.getCpuPeriod();
    return new Limits(
        sum(resources.getCpuShares(), overhead.getCpuShares()),
        sum(resources.getCpuQuota(), inPeriod(overhead.getCpuQuota(), overhead.getCpuPeriod(), period)),
        period == 0 ? null : Long.valueOf(period),
        sum(resources.getMemoryLimitInBytes(), overhead.getMemoryLimitInBytes()),
        null,
        null,
        null,
        null,
        Map.of(),
        resources.getUnifiedMap());
  }

  /** The same share of CPU time with another period. */
  private static long inPeriod(long quota, long period, long wanted) {
    return quota <= 0 || period == 0 || wanted == 0 ? quota : Math.round((double) quota * wanted / period);
  }

  private static @Nullable Long sum(long resources, long overhead) {
    if (resources == 0) {
      return null; // not specified, whatever the overhead
    }
    return resources < 0 || overhead < 0 ? Limits.UNLIMITED : saturated(resources, overhead);
  }

  private static long saturated(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
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
