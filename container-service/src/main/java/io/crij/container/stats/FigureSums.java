package io.crij.container.stats;

import io.crij.cri.ContainerStats;
import io.crij.cri.CpuUsage;
import io.crij.cri.MemoryUsage;
import io.crij.cri.UInt64Value;
import java.util.List;
import java.util.function.Function;

/** What several containers use together. Pressure and limits do not add up and are left out. */
final class FigureSums {
  private FigureSums() {}

  /** @param containers one or more */
  static CpuUsage cpu(List<ContainerStats> containers) {
    CpuUsage.Builder sum =
        CpuUsage.newBuilder()
            .setTimestamp(containers.getFirst().getCpu().getTimestamp())
            .setUsageCoreNanoSeconds(sum(containers, stats -> stats.getCpu().getUsageCoreNanoSeconds()));
    if (containers.stream().allMatch(stats -> stats.getCpu().hasUsageNanoCores())) {
      sum.setUsageNanoCores(sum(containers, stats -> stats.getCpu().getUsageNanoCores()));
    }
    return sum.build();
  }

  /** @param containers one or more */
  static MemoryUsage memory(List<ContainerStats> containers) {
    return MemoryUsage.newBuilder()
        .setTimestamp(containers.getFirst().getMemory().getTimestamp())
        .setUsageBytes(sum(containers, stats -> stats.getMemory().getUsageBytes()))
        .setWorkingSetBytes(sum(containers, stats -> stats.getMemory().getWorkingSetBytes()))
        .setRssBytes(sum(containers, stats -> stats.getMemory().getRssBytes()))
        .setPageFaults(sum(containers, stats -> stats.getMemory().getPageFaults()))
        .setMajorPageFaults(sum(containers, stats -> stats.getMemory().getMajorPageFaults()))
        .build();
  }

  private static UInt64Value sum(List<ContainerStats> containers, Function<ContainerStats, UInt64Value> figure) {
    return CgroupFigures.number(containers.stream().mapToLong(stats -> figure.apply(stats).getValue()).sum());
  }
}
