package io.crij.sandbox;

import io.crij.cgroups.Limits;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.PodSandboxConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a pod may use as a whole: its containers' resources and, on top, what running it costs. */
final class PodLimits {
  private PodLimits() {}

  /** What a pod's configuration says. */
  static Limits of(PodSandboxConfig config) {
    return together(config.getLinux().getResources(), config.getLinux().getOverhead());
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
}
