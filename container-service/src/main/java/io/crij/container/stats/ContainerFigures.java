package io.crij.container.stats;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.Limits;
import io.crij.cgroups.MemoryStats;
import io.crij.container.stats.BoundedReads.Read;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerStats;
import io.crij.cri.FilesystemIdentifier;
import io.crij.cri.FilesystemUsage;
import java.util.Collection;
import java.util.List;

/** What containers use. */
final class ContainerFigures {
  private final Measuring measuring;

  ContainerFigures(Measuring measuring) {
    this.measuring = measuring;
  }

  /** Of one that does not run, what it wrote is all that there is. */
  ContainerStats of(MeasuredContainer container) {
    measuring.countLayers(List.of(container));
    if (!container.runs()) {
      return unused(container).build();
    }
    try {
      return measuring.reads().one(read(container));
    } catch (CriException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return unused(container).build(); // it ended meanwhile
      }
      throw e;
    }
  }

  /** Of those that run; one that ends meanwhile is left out. */
  List<ContainerStats> of(Collection<MeasuredContainer> containers) {
    List<MeasuredContainer> running = containers.stream().filter(MeasuredContainer::runs).toList();
    measuring.countLayers(running);
    return measuring.reads().all(running.stream().map(this::read).toList());
  }

  private Read<ContainerStats> read(MeasuredContainer container) {
    return new Read<>("use of container " + container.id(), () -> measure(container));
  }

  private ContainerStats measure(MeasuredContainer container) {
    Cgroup cgroup = measuring.cgroups().open(container.cgroup());
    CgroupFigures figures = new CgroupFigures(cgroup, measuring.now());
    MemoryStats memory = cgroup.memoryStats();
    Limits limits = cgroup.memoryLimits();
    ContainerStats.Builder stats =
        unused(container)
            .setCpu(figures.cpu(measuring.rates(), container.id().hex(), container.startedAtNanos()))
            .setMemory(figures.memory(memory, limits))
            .setSwap(figures.swap(memory, limits));
    figures.io().ifPresent(stats::setIo);
    return stats.build();
  }

  private ContainerStats.Builder unused(MeasuredContainer container) {
    ContainerStats.Builder stats = ContainerStats.newBuilder().setAttributes(container.attributes());
    measuring
        .layers()
        .last(container.id())
        .ifPresent(
            use ->
                stats.setWritableLayer(
                    FilesystemUsage.newBuilder()
                        .setTimestamp(use.atNanos())
                        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(measuring.filesystem()))
                        .setUsedBytes(CgroupFigures.number(use.bytes()))
                        .setInodesUsed(CgroupFigures.number(use.inodes()))));
    return stats;
  }
}
