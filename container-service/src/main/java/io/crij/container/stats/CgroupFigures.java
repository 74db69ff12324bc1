package io.crij.container.stats;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.Limits;
import io.crij.cgroups.MemoryStats;
import io.crij.cgroups.Pressure;
import io.crij.cri.CpuUsage;
import io.crij.cri.IoUsage;
import io.crij.cri.MemoryUsage;
import io.crij.cri.PsiData;
import io.crij.cri.PsiStats;
import io.crij.cri.SwapUsage;
import io.crij.cri.UInt64Value;
import java.util.Optional;
import java.util.OptionalLong;

/** What a control group uses, in the messages of the CRI. What this kernel does not tell stays unset. */
final class CgroupFigures {
  private final Cgroup cgroup;
  private final long atNanos;

  /** @param atNanos the time that the messages carry, nanoseconds since the epoch */
  CgroupFigures(Cgroup cgroup, long atNanos) {
    this.cgroup = cgroup;
    this.atNanos = atNanos;
  }

  /**
   * @param key names the group among the rates
   * @param beganNanos when the group was new, nanoseconds since the epoch
   */
  CpuUsage cpu(CpuRates rates, String key, long beganNanos) {
    long used = cgroup.cpuStats().usageNanos();
    CpuUsage.Builder cpu = CpuUsage.newBuilder().setTimestamp(atNanos).setUsageCoreNanoSeconds(number(used));
    OptionalLong rate = rates.add(key, System.nanoTime(), used, atNanos - beganNanos);
    rate.ifPresent(nanoCores -> cpu.setUsageNanoCores(number(nanoCores)));
    psi(Pressure.Resource.CPU).ifPresent(cpu::setPsi);
    return cpu.build();
  }

  MemoryUsage memory(MemoryStats stats, Limits limits) {
    MemoryUsage.Builder memory =
        MemoryUsage.newBuilder()
            .setTimestamp(atNanos)
            .setUsageBytes(number(stats.usageBytes()))
            .setWorkingSetBytes(number(stats.workingSetBytes()))
            .setRssBytes(number(stats.rssBytes()))
            .setPageFaults(number(stats.pageFaults()))
            .setMajorPageFaults(number(stats.majorPageFaults()));
    Long limit = limits.memoryBytes();
    if (limit != null && limit >= 0) {
      memory.setAvailableBytes(number(Math.max(0, limit - stats.workingSetBytes())));
    }
    psi(Pressure.Resource.MEMORY).ifPresent(memory::setPsi);
    return memory.build();
  }

  SwapUsage swap(MemoryStats stats, Limits limits) {
    SwapUsage.Builder swap = SwapUsage.newBuilder().setTimestamp(atNanos).setSwapUsageBytes(number(stats.swapBytes()));
    Long memory = limits.memoryBytes();
    Long both = limits.memoryAndSwapBytes();
    if (memory != null && both != null && memory >= 0 && both >= 0) {
      swap.setSwapAvailableBytes(number(Math.max(0, both - memory - stats.swapBytes())));
    }
    return swap.build();
  }

  /** Empty without pressure: there is nothing else in it. */
  Optional<IoUsage> io() {
    return psi(Pressure.Resource.IO).map(psi -> IoUsage.newBuilder().setTimestamp(atNanos).setPsi(psi).build());
  }

  private Optional<PsiStats> psi(Pressure.Resource resource) {
    return cgroup
        .pressure(resource)
        .map(
            pressure -> {
              PsiStats.Builder psi = PsiStats.newBuilder().setSome(data(pressure.some()));
              Pressure.Share full = pressure.full();
              if (full != null) {
                psi.setFull(data(full));
              }
              return psi.build();
            });
  }

  private static PsiData data(Pressure.Share share) {
    return PsiData.newBuilder()
        .setTotal(share.totalNanos())
        .setAvg10(share.avg10())
        .setAvg60(share.avg60())
        .setAvg300(share.avg300())
        .build();
  }

  static UInt64Value number(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
