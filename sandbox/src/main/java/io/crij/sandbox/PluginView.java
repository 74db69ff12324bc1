package io.crij.sandbox;

import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.PodSandboxConfig;
import io.crij.nri.AboutPod;
import io.crij.nri.CriLimits;
import io.crij.nri.api.LinuxNamespace;
import io.crij.nri.api.LinuxPodSandbox;
import io.crij.nri.api.PodSandbox;
import java.util.List;

/** A pod as NRI plugins see it. */
final class PluginView {
  private PluginView() {}

  static PodSandbox of(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    return of(record, sandbox.config(), record.ips());
  }

  static AboutPod about(Sandbox sandbox) {
    return about(sandbox, sandbox.record().ips());
  }

  /** @param ips for a pod in the making, whose record has none yet */
  static AboutPod about(Sandbox sandbox, List<String> ips) {
    SandboxRecord record = sandbox.record();
    PodSandboxConfig config = sandbox.config();
    return new AboutPod(record.id(), () -> of(record, config, ips), sandbox.endTold());
  }

  private static PodSandbox of(SandboxRecord record, PodSandboxConfig config, List<String> ips) {
    return PodSandbox.newBuilder()
        .setId(record.id())
        .setName(config.getMetadata().getName())
        .setUid(config.getMetadata().getUid())
        .setNamespace(config.getMetadata().getNamespace())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .setRuntimeHandler(record.runtimeHandler())
        .setLinux(linux(config.getLinux(), record))
        .addAllIps(ips)
        .build();
  }

  /** There is no process that stands for the pod, so there is no pid: the network namespace is told by its path. */
  private static LinuxPodSandbox linux(LinuxPodSandboxConfig config, SandboxRecord record) {
    LinuxPodSandbox.Builder linux =
        LinuxPodSandbox.newBuilder().setCgroupParent(config.getCgroupParent()).setCgroupsPath(record.cgroupParent());
    if (config.hasOverhead()) {
      linux.setPodOverhead(CriLimits.toNri(config.getOverhead()));
    }
    if (config.hasResources()) {
      linux.setPodResources(CriLimits.toNri(config.getResources()));
    }
    if (record.netns() != null) {
      linux.addNamespaces(LinuxNamespace.newBuilder().setType("network").setPath(record.netns()));
    }
    return linux.build();
  }
}
