package io.crij.container.stats;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.CpuStats;
import io.crij.cgroups.HugepageUse;
import io.crij.cgroups.IoStats;
import io.crij.cgroups.Limits;
import io.crij.cgroups.MemoryMarks;
import io.crij.cgroups.MemoryStats;
import io.crij.cgroups.PidsStats;
import io.crij.cgroups.Pressure;
import io.crij.cri.LinuxContainerResources;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Samples of what a control group uses. What this kernel does not count has no sample. */
final class CgroupSamples {
  private final Cgroup cgroup;
  private final Samples samples;
  private final Limits limits;

  CgroupSamples(Cgroup cgroup, Samples samples) {
    this.cgroup = cgroup;
    this.limits = cgroup.cpuAndMemoryLimits();
    this.samples = samples;
  }

  void cpu() {
    CpuStats cpu = cgroup.cpuStats();
    samples.addSeconds(PodMetric.CONTAINER_CPU_USAGE_SECONDS_TOTAL, cpu.usageNanos(), "total");
    samples.addSeconds(PodMetric.CONTAINER_CPU_USER_SECONDS_TOTAL, cpu.userNanos());
    samples.addSeconds(PodMetric.CONTAINER_CPU_SYSTEM_SECONDS_TOTAL, cpu.systemNanos());
    Long quota = limits.cpuQuotaMicros();
    if (quota != null && quota > 0) {
      samples.add(PodMetric.CONTAINER_CPU_CFS_PERIODS_TOTAL, cpu.periods());
      samples.add(PodMetric.CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL, cpu.throttledPeriods());
      samples.addSeconds(PodMetric.CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL, cpu.throttledNanos());
    }
  }

  void memory() {
    MemoryStats memory = cgroup.memoryStats();
    samples.add(PodMetric.CONTAINER_MEMORY_USAGE_BYTES, memory.usageBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_WORKING_SET_BYTES, memory.workingSetBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_RSS, memory.rssBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_CACHE, memory.cacheBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_MAPPED_FILE, memory.mappedFileBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_SWAP, memory.swapBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_FAILURES_TOTAL, memory.ownPageFaults(), "pgfault", "container");
    samples.add(PodMetric.CONTAINER_MEMORY_FAILURES_TOTAL, memory.ownMajorPageFaults(), "pgmajfault", "container");
    samples.add(PodMetric.CONTAINER_MEMORY_FAILURES_TOTAL, memory.pageFaults(), "pgfault", "hierarchy");
    samples.add(PodMetric.CONTAINER_MEMORY_FAILURES_TOTAL, memory.majorPageFaults(), "pgmajfault", "hierarchy");
    MemoryMarks marks = cgroup.memoryMarks();
    samples.add(PodMetric.CONTAINER_MEMORY_KERNEL_USAGE, marks.kernelBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_MAX_USAGE_BYTES, marks.highestBytes());
    samples.add(PodMetric.CONTAINER_MEMORY_FAILCNT, marks.limitHits());
    samples.add(PodMetric.CONTAINER_OOM_EVENTS_TOTAL, marks.oomKills());
  }

  /** @param asked the limits that were asked for; weights do not convert back from version 2 without loss */
  void limits(LinuxContainerResources asked) {
    Long quota = limits.cpuQuotaMicros();
    if (quota != null && quota > 0) {
      samples.add(PodMetric.CONTAINER_SPEC_CPU_QUOTA, quota);
    }
    add(PodMetric.CONTAINER_SPEC_CPU_PERIOD, limits.cpuPeriodMicros());
    add(PodMetric.CONTAINER_SPEC_CPU_SHARES, asked.getCpuShares() > 0 ? Long.valueOf(asked.getCpuShares()) : limits.cpuShares());
    add(PodMetric.CONTAINER_SPEC_MEMORY_LIMIT_BYTES, limits.memoryBytes());
    add(PodMetric.CONTAINER_SPEC_MEMORY_SWAP_LIMIT_BYTES, limits.memoryAndSwapBytes());
    samples.add(PodMetric.CONTAINER_SPEC_MEMORY_RESERVATION_LIMIT_BYTES, cgroup.memoryReservation());
  }

  /** No limit is 0, as cAdvisor has it. */
  private void add(PodMetric metric, @Nullable Long limit) {
    if (limit != null) {
      samples.add(metric, Math.max(0, limit));
    }
  }

  void pressure() {
    pressure(
        Pressure.Resource.CPU,
        PodMetric.CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL,
        PodMetric.CONTAINER_PRESSURE_CPU_STALLED_SECONDS_TOTAL);
    pressure(
        Pressure.Resource.MEMORY,
        PodMetric.CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL,
        PodMetric.CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL);
    pressure(
        Pressure.Resource.IO,
        PodMetric.CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL,
        PodMetric.CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL);
  }

  private void pressure(Pressure.Resource resource, PodMetric waiting, PodMetric stalled) {
    Optional<Pressure> pressure = cgroup.pressure(resource);
    if (pressure.isEmpty()) {
      return;
    }
    samples.addSeconds(waiting, pressure.get().some().totalNanos());
    Pressure.Share full = pressure.get().full();
    if (full != null) {
      samples.addSeconds(stalled, full.totalNanos());
    }
  }

  void hugepages() {
    for (HugepageUse use : cgroup.hugepages()) {
      samples.add(PodMetric.CONTAINER_HUGETLB_USAGE_BYTES, use.usedBytes(), use.size());
      samples.add(PodMetric.CONTAINER_HUGETLB_MAX_USAGE_BYTES, use.highestBytes(), use.size());
    }
  }

  void io(BlockDevices names) {
    Optional<IoStats> io = cgroup.ioStats();
    if (io.isEmpty()) {
      return;
    }
    for (IoStats.Device device : io.get().devices()) {
      String name = names.path(device.major(), device.minor());
      String major = Integer.toString(device.major());
      String minor = Integer.toString(device.minor());
      samples.add(PodMetric.CONTAINER_FS_READS_TOTAL, device.reads(), name);
      samples.add(PodMetric.CONTAINER_FS_READS_BYTES_TOTAL, device.readBytes(), name);
      samples.add(PodMetric.CONTAINER_FS_WRITES_TOTAL, device.writes(), name);
      samples.add(PodMetric.CONTAINER_FS_WRITES_BYTES_TOTAL, device.writtenBytes(), name);
      samples.add(PodMetric.CONTAINER_BLKIO_DEVICE_USAGE_TOTAL, device.readBytes(), name, major, minor, "Read");
      samples.add(PodMetric.CONTAINER_BLKIO_DEVICE_USAGE_TOTAL, device.writtenBytes(), name, major, minor, "Write");
    }
  }

  void tasks() {
    PidsStats pids = cgroup.pidsStats();
    samples.add(PodMetric.CONTAINER_THREADS, pids.current());
    samples.add(PodMetric.CONTAINER_THREADS_MAX, Math.max(0, pids.limit()));
  }
}
