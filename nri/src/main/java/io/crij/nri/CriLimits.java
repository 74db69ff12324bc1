package io.crij.nri;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.HugepageLimit;
import io.crij.nri.api.LinuxCPU;
import io.crij.nri.api.LinuxMemory;
import io.crij.nri.api.LinuxPids;
import io.crij.nri.api.LinuxResources;
import io.crij.nri.api.OptionalInt64;
import io.crij.nri.api.OptionalUInt64;
import java.util.ArrayList;
import java.util.List;

/** Limits in the words of the CRI, where 0 means "not specified", and in those of NRI, where a missing message does. */
public final class CriLimits {
  /** The file of a control group that limits the number of tasks, in version 2 and as {@code unified} names it. */
  private static final String PIDS_MAX = "pids.max";

  private CriLimits() {}

  public static LinuxResources toNri(LinuxContainerResources cri) {
    LinuxResources.Builder nri = LinuxResources.newBuilder();
    LinuxMemory.Builder memory = nri.getMemoryBuilder();
    if (cri.getMemoryLimitInBytes() != 0) {
      memory.setLimit(signed(cri.getMemoryLimitInBytes()));
    }
    if (cri.getMemorySwapLimitInBytes() != 0) {
      memory.setSwap(signed(cri.getMemorySwapLimitInBytes()));
    }
    LinuxCPU.Builder cpu = nri.getCpuBuilder().setCpus(cri.getCpusetCpus()).setMems(cri.getCpusetMems());
    if (cri.getCpuShares() != 0) {
      cpu.setShares(unsigned(cri.getCpuShares()));
    }
    if (cri.getCpuQuota() != 0) {
      cpu.setQuota(signed(cri.getCpuQuota()));
    }
    if (cri.getCpuPeriod() != 0) {
      cpu.setPeriod(unsigned(cri.getCpuPeriod()));
    }
    cri.getHugepageLimitsList()
        .forEach(limit -> nri.addHugepageLimits(HugepageLimit.newBuilder().setPageSize(limit.getPageSize()).setLimit(limit.getLimit())));
    nri.putAllUnified(cri.getUnifiedMap());
    String pids = cri.getUnifiedOrDefault(PIDS_MAX, "");
    if (!pids.isEmpty()) {
      nri.setPids(LinuxPids.newBuilder().setLimit(pids.matches("[0-9]{1,18}") ? Long.parseLong(pids) : -1));
    }
    return nri.build();
  }

  /**
   * The limits that {@code nri} sets, put on top of {@code base}.
   *
   * @param what for messages: who asked for it
   * @throws CriException UNIMPLEMENTED for what the CRI has no word for and this runtime cannot set
   */
  public static LinuxContainerResources over(LinuxContainerResources base, LinuxResources nri, String what) {
    refuse(nri, what);
    LinuxContainerResources.Builder cri = base.toBuilder();
    LinuxMemory memory = nri.getMemory();
    if (memory.hasLimit()) {
      cri.setMemoryLimitInBytes(memory.getLimit().getValue());
    }
    if (memory.hasSwap()) {
      cri.setMemorySwapLimitInBytes(memory.getSwap().getValue());
    }
    LinuxCPU cpu = nri.getCpu();
    if (cpu.hasShares()) {
      cri.setCpuShares(cpu.getShares().getValue());
    }
    if (cpu.hasQuota()) {
      cri.setCpuQuota(cpu.getQuota().getValue());
    }
    if (cpu.hasPeriod()) {
      cri.setCpuPeriod(cpu.getPeriod().getValue());
    }
    if (!cpu.getCpus().isEmpty()) {
      cri.setCpusetCpus(cpu.getCpus());
    }
    if (!cpu.getMems().isEmpty()) {
      cri.setCpusetMems(cpu.getMems());
    }
    for (HugepageLimit limit : nri.getHugepageLimitsList()) {
      for (int i = cri.getHugepageLimitsCount() - 1; i >= 0; i--) {
        if (cri.getHugepageLimits(i).getPageSize().equals(limit.getPageSize())) {
          cri.removeHugepageLimits(i);
        }
      }
      cri.addHugepageLimits(io.crij.cri.HugepageLimit.newBuilder().setPageSize(limit.getPageSize()).setLimit(limit.getLimit()));
    }
    cri.putAllUnified(nri.getUnifiedMap());
    if (nri.hasPids()) {
      long limit = nri.getPids().getLimit();
      cri.putUnified(PIDS_MAX, limit > 0 ? Long.toString(limit) : "max");
    }
    return cri.build();
  }

  private static void refuse(LinuxResources nri, String what) {
    List<String> fields = new ArrayList<>();
    LinuxMemory memory = nri.getMemory();
    add(fields, memory.hasReservation(), "memory.reservation");
    add(fields, memory.hasKernel(), "memory.kernel");
    add(fields, memory.hasKernelTcp(), "memory.kernel_tcp");
    add(fields, memory.hasSwappiness(), "memory.swappiness");
    add(fields, memory.hasDisableOomKiller(), "memory.disable_oom_killer");
    add(fields, memory.hasUseHierarchy(), "memory.use_hierarchy");
    add(fields, nri.getCpu().hasRealtimeRuntime(), "cpu.realtime_runtime");
    add(fields, nri.getCpu().hasRealtimePeriod(), "cpu.realtime_period");
    add(fields, nri.hasBlockioClass(), "blockio_class");
    add(fields, nri.hasRdtClass(), "rdt_class");
    add(fields, nri.getDevicesCount() > 0, "devices");
    if (!fields.isEmpty()) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED, what + " asks for resources." + String.join(", resources.", fields) + ", which this runtime cannot set.");
    }
  }

  private static void add(List<String> fields, boolean isSet, String name) {
    if (isSet) {
      fields.add(name);
    }
  }

  private static OptionalInt64 signed(long value) {
    return OptionalInt64.newBuilder().setValue(value).build();
  }

  private static OptionalUInt64 unsigned(long value) {
    return OptionalUInt64.newBuilder().setValue(value).build();
  }
}
