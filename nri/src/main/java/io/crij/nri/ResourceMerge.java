package io.crij.nri;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.crij.nri.api.Field;
import io.crij.nri.api.HugepageLimit;
import io.crij.nri.api.LinuxResources;
import java.util.Map;

/** Puts the limits that plugins ask for together, each of them from one plugin. */
final class ResourceMerge {
  private static final Map<String, Field> MEMORY =
      Map.of(
          "limit", Field.MEM_LIMIT,
          "reservation", Field.MEM_RESERVATION,
          "swap", Field.MEM_SWAP_LIMIT,
          "kernel", Field.MEM_KERNEL_LIMIT,
          "kernel_tcp", Field.MEM_TCP_LIMIT,
          "swappiness", Field.MEM_SWAPPINESS,
          "disable_oom_killer", Field.MEM_DISABLE_OOM_KILLER,
          "use_hierarchy", Field.MEM_USE_HIERARCHY);

  private static final Map<String, Field> CPU =
      Map.of(
          "shares", Field.CPU_SHARES,
          "quota", Field.CPU_QUOTA,
          "period", Field.CPU_PERIOD,
          "realtime_runtime", Field.CPU_REALTIME_RUNTIME,
          "realtime_period", Field.CPU_REALTIME_PERIOD,
          "cpus", Field.CPU_SET_CPUS,
          "mems", Field.CPU_SET_MEMS);

  private final Owners owners;
  private final String container;
  private final String plugin;

  ResourceMerge(Owners owners, String container, String plugin) {
    this.owners = owners;
    this.container = container;
    this.plugin = plugin;
  }

  /**
   * Claims all that is set in {@code asked} and puts it on top of {@code target}.
   *
   * @throws io.crij.core.CriException if another plugin asked for one of them
   */
  void apply(LinuxResources asked, LinuxResources.Builder target) {
    fields(asked.getMemory(), target.getMemoryBuilder(), MEMORY);
    fields(asked.getCpu(), target.getCpuBuilder(), CPU);
    for (HugepageLimit limit : asked.getHugepageLimitsList()) {
      owners.claim(container, Field.HUGEPAGE_LIMITS, limit.getPageSize(), plugin);
      for (int i = target.getHugepageLimitsCount() - 1; i >= 0; i--) {
        if (target.getHugepageLimits(i).getPageSize().equals(limit.getPageSize())) {
          target.removeHugepageLimits(i);
        }
      }
      target.addHugepageLimits(limit);
    }
    asked
        .getUnifiedMap()
        .forEach(
            (file, value) -> {
              owners.claim(container, Field.CGROUPS_UNIFIED, file, plugin);
              target.putUnified(file, value);
            });
    target.addAllDevices(asked.getDevicesList());
    if (asked.hasBlockioClass()) {
      owners.claim(container, Field.BLOCKIO_CLASS, plugin);
      target.setBlockioClass(asked.getBlockioClass());
    }
    if (asked.hasRdtClass()) {
      owners.claim(container, Field.RDT_CLASS, plugin);
      target.setRdtClass(asked.getRdtClass());
    }
    if (asked.hasPids()) {
      owners.claim(container, Field.PIDS_LIMIT, plugin);
      target.setPids(asked.getPids());
    }
  }

  private void fields(Message asked, Message.Builder target, Map<String, Field> names) {
    asked
        .getAllFields()
        .forEach(
            (FieldDescriptor field, Object value) -> {
              Field known = names.get(field.getName());
              if (known == null) {
                throw new IllegalStateException("no name for the owner of " + field.getFullName());
              }
              owners.claim(container, known, plugin);
              target.setField(field, value);
            });
  }
}
