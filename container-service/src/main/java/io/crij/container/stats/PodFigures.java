package io.crij.container.stats;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.Limits;
import io.crij.cgroups.MemoryStats;
import io.crij.container.stats.BoundedReads.Read;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerStats;
import io.crij.cri.LinuxPodSandboxStats;
import io.crij.cri.NetworkInterfaceUsage;
import io.crij.cri.NetworkUsage;
import io.crij.cri.PodSandboxAttributes;
import io.crij.cri.PodSandboxStats;
import io.crij.cri.ProcessUsage;
import io.crij.helper.netlink.LinkCounters;
import io.crij.sandbox.PodView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What pods use: the control group that their containers share, their network, and each container. */
final class PodFigures {
  private final Measuring measuring;
  private final ContainerFigures containers;

  PodFigures(Measuring measuring) {
    this.measuring = measuring;
    this.containers = new ContainerFigures(measuring);
  }

  /** What is read of a pod apart from its containers; the parts that there are. */
  private record Own(ObjectId pod, LinuxPodSandboxStats stats) {}

  PodSandboxStats of(PodView pod) {
    return of(List.of(pod), true).getFirst();
  }

  /** In their order. A pod of which nothing can be read is there with what is in memory. */
  List<PodSandboxStats> of(Collection<PodView> pods) {
    return of(pods, false);
  }

  private List<PodSandboxStats> of(Collection<PodView> pods, boolean alone) {
    Map<ObjectId, List<MeasuredContainer>> members = members(pods);
    SharedGroups shared = SharedGroups.of(measuring.node().pods());
    Map<ObjectId, LinuxPodSandboxStats> own = own(pods, members, shared, alone);
    Map<ObjectId, List<ContainerStats>> used = used(members);
    return pods.stream()
        .map(
            pod ->
                PodSandboxStats.newBuilder()
                    .setAttributes(attributes(pod))
                    .setLinux(
                        linux(
                            own.getOrDefault(pod.id(), LinuxPodSandboxStats.getDefaultInstance()),
                            shared.isShared(pod),
                            used.getOrDefault(pod.id(), List.of())))
                    .build())
        .toList();
  }

  private Map<ObjectId, List<MeasuredContainer>> members(Collection<PodView> pods) {
    Map<ObjectId, List<MeasuredContainer>> members = new HashMap<>();
    pods.forEach(pod -> members.put(pod.id(), new ArrayList<>()));
    List<MeasuredContainer> known = measuring.node().containers();
    measuring.forgetOthers(known);
    for (MeasuredContainer container : known) {
      List<MeasuredContainer> siblings = members.get(container.sandbox());
      if (siblings != null) {
        siblings.add(container);
      }
    }
    return members;
  }

  /** @param alone whether the one pod that there is was asked for by name: then a failure is told */
  private Map<ObjectId, LinuxPodSandboxStats> own(
      Collection<PodView> pods, Map<ObjectId, List<MeasuredContainer>> members, SharedGroups shared, boolean alone) {
    List<Read<Own>> reads =
        pods.stream()
            .filter(PodView::ready)
            .map(pod -> read(pod, shared, members.getOrDefault(pod.id(), List.of())))
            .toList();
    List<Own> results =
        alone && !reads.isEmpty() ? List.of(measuring.reads().one(reads.getFirst())) : measuring.reads().all(reads);
    Map<ObjectId, LinuxPodSandboxStats> own = new HashMap<>();
    results.forEach(result -> own.put(result.pod(), result.stats()));
    return own;
  }

  private Map<ObjectId, List<ContainerStats>> used(Map<ObjectId, List<MeasuredContainer>> members) {
    List<MeasuredContainer> all = members.values().stream().flatMap(List::stream).toList();
    Map<String, ObjectId> podOf = new HashMap<>();
    all.forEach(container -> podOf.put(container.id().hex(), container.sandbox()));
    Map<ObjectId, List<ContainerStats>> used = new HashMap<>();
    for (ContainerStats stats : containers.of(all)) {
      ObjectId pod = podOf.get(stats.getAttributes().getId());
      if (pod != null) {
        used.computeIfAbsent(pod, id -> new ArrayList<>()).add(stats);
      }
    }
    return used;
  }

  private Read<Own> read(PodView pod, SharedGroups shared, Collection<MeasuredContainer> containers) {
    return new Read<>("use of sandbox " + pod.id(), () -> new Own(pod.id(), measure(pod, shared.isShared(pod), containers)));
  }

  private LinuxPodSandboxStats measure(PodView pod, boolean shared, Collection<MeasuredContainer> containers) {
    long now = measuring.now();
    LinuxPodSandboxStats.Builder stats = LinuxPodSandboxStats.newBuilder();
    // A pod that is just ending has none left, and kubelet 1.36 crashes at figures of a network without a default interface.
    measuring.network(pod).filter(links -> !links.isEmpty()).ifPresent(links -> stats.setNetwork(network(links, now)));
    long processes = 0;
    for (MeasuredContainer container : containers) {
      processes += container.runs() ? measuring.cgroups().open(container.cgroup()).processes().size() : 0;
    }
    stats.setProcess(ProcessUsage.newBuilder().setTimestamp(now).setProcessCount(CgroupFigures.number(processes)));
    if (!shared) {
      try {
        measureGroup(measuring.cgroups().open(pod.cgroupParent()), pod, now, stats);
      } catch (CriException e) {
        if (e.code() != ErrorCode.NOT_FOUND) {
          throw e;
        }
        // kubelet removes the group of a pod that ends.
      }
    }
    return stats.build();
  }

  private void measureGroup(Cgroup cgroup, PodView pod, long now, LinuxPodSandboxStats.Builder stats) {
    CgroupFigures figures = new CgroupFigures(cgroup, now);
    MemoryStats memory = cgroup.memoryStats();
    Limits limits = cgroup.memoryLimits();
    stats.setCpu(figures.cpu(measuring.rates(), pod.id().hex(), pod.createdAtNanos()));
    stats.setMemory(figures.memory(memory, limits));
    figures.io().ifPresent(stats::setIo);
  }

  /** Where the group is not the pod's alone, the pod uses what its containers use. */
  private static LinuxPodSandboxStats linux(LinuxPodSandboxStats own, boolean shared, List<ContainerStats> containers) {
    LinuxPodSandboxStats.Builder linux = own.toBuilder().addAllContainers(containers);
    if (shared && !containers.isEmpty()) {
      linux.setCpu(FigureSums.cpu(containers)).setMemory(FigureSums.memory(containers));
    }
    return linux.build();
  }

  private static NetworkUsage network(List<LinkCounters> links, long now) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(now);
    Optional<LinkCounters> main = PodNetworkUse.main(links);
    main.ifPresent(link -> usage.setDefaultInterface(network(link)));
    links.stream().filter(link -> main.filter(link::equals).isEmpty()).forEach(link -> usage.addInterfaces(network(link)));
    return usage.build();
  }

  private static NetworkInterfaceUsage network(LinkCounters link) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(link.name())
        .setRxBytes(CgroupFigures.number(link.rxBytes()))
        .setRxErrors(CgroupFigures.number(link.rxErrors()))
        .setTxBytes(CgroupFigures.number(link.txBytes()))
        .setTxErrors(CgroupFigures.number(link.txErrors()))
        .build();
  }

  private static PodSandboxAttributes attributes(PodView pod) {
    return PodSandboxAttributes.newBuilder()
        .setId(pod.id().hex())
        .setMetadata(pod.config().getMetadata())
        .putAllLabels(pod.config().getLabelsMap())
        .putAllAnnotations(pod.config().getAnnotationsMap())
        .build();
  }
}
