package io.crij.container.stats;

import io.crij.cgroups.Cgroup;
import io.crij.container.stats.BoundedReads.Read;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerMetrics;
import io.crij.cri.PodSandboxMetrics;
import io.crij.helper.netlink.LinkCounters;
import io.crij.helper.syscall.FilesystemStat;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.sandbox.PodView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The samples of ready pods and their running containers, read when they are asked for. */
final class MetricsOfPods {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsOfPods.class);

  private final Measuring measuring;
  private final BlockDevices devices = new BlockDevices(Path.of("/sys/dev/block"));

  MetricsOfPods(Measuring measuring) {
    this.measuring = measuring;
  }

  /** In the order of List. A container that ends meanwhile, or whose kernel files hang, is left out. */
  List<PodSandboxMetrics> all() {
    List<PodView> pods = measuring.node().pods();
    SharedGroups shared = SharedGroups.of(pods);
    Map<ObjectId, PodView> ready = new LinkedHashMap<>();
    pods.stream().filter(PodView::ready).forEach(pod -> ready.put(pod.id(), pod));
    List<Read<PodSandboxMetrics.Builder>> ofPods =
        ready.values().stream()
            .map(pod -> new Read<>("metrics of sandbox " + pod.id(), () -> pod(pod, shared.isShared(pod))))
            .toList();
    Map<ObjectId, PodSandboxMetrics.Builder> all = new LinkedHashMap<>();
    measuring.reads().all(ofPods).forEach(metrics -> all.put(new ObjectId(metrics.getPodSandboxId()), metrics));
    for (Of read : measuring.reads().all(ofContainers(ready))) {
      PodSandboxMetrics.Builder pod = all.get(read.pod());
      if (pod != null) {
        pod.addContainerMetrics(read.metrics());
      }
    }
    return all.values().stream().map(PodSandboxMetrics.Builder::build).toList();
  }

  private List<Read<Of>> ofContainers(Map<ObjectId, PodView> pods) {
    List<MeasuredContainer> known = measuring.node().containers();
    measuring.forgetOthers(known);
    List<MeasuredContainer> running = known.stream().filter(MeasuredContainer::runs).toList();
    measuring.countLayers(running);
    List<Read<Of>> reads = new ArrayList<>();
    for (MeasuredContainer container : running) {
      PodView pod = pods.get(container.sandbox());
      if (pod != null) {
        reads.add(new Read<>("metrics of container " + container.id(), () -> new Of(pod.id(), container(container, pod))));
      }
    }
    return reads;
  }

  private record Of(ObjectId pod, ContainerMetrics metrics) {}

  private PodSandboxMetrics.Builder pod(PodView pod, boolean shared) {
    Samples samples =
        new Samples(
            List.of(
                pod.cgroupParent(),
                pod.id().hex(),
                "",
                "",
                pod.config().getMetadata().getName(),
                pod.config().getMetadata().getNamespace()));
    measuring.network(pod).ifPresent(links -> links.forEach(link -> network(samples, link)));
    if (!shared) {
      try {
        CgroupSamples group = new CgroupSamples(measuring.cgroups().open(pod.cgroupParent()), samples);
        group.cpu();
        group.memory();
        group.pressure();
      } catch (CriException e) {
        if (e.code() != ErrorCode.NOT_FOUND) {
          throw e;
        }
        // kubelet removes the group of a pod that ends.
      }
    }
    return PodSandboxMetrics.newBuilder().setPodSandboxId(pod.id().hex()).addAllMetrics(samples.metrics());
  }

  private ContainerMetrics container(MeasuredContainer container, PodView pod) {
    Samples samples =
        new Samples(
            List.of(
                container.cgroup(),
                container.id().hex(),
                container.image(),
                container.config().getMetadata().getName(),
                pod.config().getMetadata().getName(),
                pod.config().getMetadata().getNamespace()));
    Cgroup cgroup = measuring.cgroups().open(container.cgroup());
    CgroupSamples group = new CgroupSamples(cgroup, samples);
    group.cpu();
    group.memory();
    group.limits(container.resources());
    group.pressure();
    group.hugepages();
    group.io(devices);
    group.tasks();
    new ProcessSamples(measuring.proc()).add(samples, cgroup.processes(), container.pid());
    filesystem(container, samples);
    samples.addSeconds(PodMetric.CONTAINER_START_TIME_SECONDS, container.startedAtNanos());
    samples.addSeconds(PodMetric.CONTAINER_LAST_SEEN, measuring.now());
    return ContainerMetrics.newBuilder().setContainerId(container.id().hex()).addAllMetrics(samples.metrics()).build();
  }

  private void filesystem(MeasuredContainer container, Samples samples) {
    String device = measuring.device();
    measuring
        .layers()
        .last(container.id())
        .ifPresent(use -> samples.addOf(use.atNanos(), PodMetric.CONTAINER_FS_USAGE_BYTES, use.bytes(), device));
    try {
      FilesystemStat stat = Syscalls.statfs(measuring.writableFolder());
      samples.add(PodMetric.CONTAINER_FS_LIMIT_BYTES, stat.totalBytes(), device);
      samples.add(PodMetric.CONTAINER_FS_INODES_TOTAL, stat.inodes(), device);
      samples.add(PodMetric.CONTAINER_FS_INODES_FREE, stat.freeInodes(), device);
    } catch (SyscallException e) {
      LOG.debug("The filesystem of container {} cannot be asked: {}", container.id(), e.getMessage());
    }
  }

  private static void network(Samples samples, LinkCounters link) {
    String name = link.name();
    samples.add(PodMetric.CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL, link.rxBytes(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_RECEIVE_PACKETS_TOTAL, link.rxPackets(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL, link.rxDropped(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_RECEIVE_ERRORS_TOTAL, link.rxErrors(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL, link.txBytes(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_TRANSMIT_PACKETS_TOTAL, link.txPackets(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL, link.txDropped(), name);
    samples.add(PodMetric.CONTAINER_NETWORK_TRANSMIT_ERRORS_TOTAL, link.txErrors(), name);
  }
}
