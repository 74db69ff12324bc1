package io.crij.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.LinuxPodSandboxStatus;
import io.crij.cri.Namespace;
import io.crij.cri.PodIP;
import io.crij.cri.PodSandboxNetworkStatus;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PodSandboxStatusResponse;
import java.util.List;

/** Tells all about one pod, its containers included, from memory. */
public final class PodSandboxStatus {
  private final SandboxHost host;
  private final PodContainers containers;

  public PodSandboxStatus(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.containers = containers;
  }

  /** @throws CriException NOT_FOUND if there is no such pod, or if it is still being made */
  public PodSandboxStatusResponse run(PodSandboxStatusRequest request) {
    Sandbox sandbox = host.store().get(request.getPodSandboxId());
    // Before anything is read: kubelet drops what is older than the events that it heard of.
    long now = host.clock().now();
    PodSandboxStatusResponse.Builder response =
        PodSandboxStatusResponse.newBuilder()
            .setTimestamp(now)
            .setStatus(status(sandbox))
            .addAllContainersStatuses(containers.statuses(sandbox.id()));
    if (request.getVerbose()) {
      response.putInfo("info", info(sandbox));
    }
    return response.build();
  }

  static io.crij.cri.PodSandboxStatus status(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    return io.crij.cri.PodSandboxStatus.newBuilder()
        .setId(record.id())
        .setMetadata(sandbox.config().getMetadata())
        .setState(PodFilter.criState(record.state()))
        .setCreatedAt(record.createdAtNanos())
        .setNetwork(network(record))
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(
                    Namespace.newBuilder()
                        .setOptions(sandbox.config().getLinux().getSecurityContext().getNamespaceOptions())))
        .putAllLabels(sandbox.config().getLabelsMap())
        .putAllAnnotations(sandbox.config().getAnnotationsMap())
        .setRuntimeHandler(record.runtimeHandler())
        .build();
  }

  private static PodSandboxNetworkStatus network(SandboxRecord record) {
    PodSandboxNetworkStatus.Builder network = PodSandboxNetworkStatus.newBuilder();
    List<String> ips = record.state() == SandboxState.READY ? record.ips() : List.of();
    if (!ips.isEmpty()) {
      network.setIp(ips.getFirst());
      ips.stream().skip(1).forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }

  /** What the pod may use as a whole, by the names of the CRI's Go types; 0 is not specified. */
  private static void limits(ObjectNode info, LinuxContainerResources limits) {
    info.putObject("linux")
        .put("cpu_period", limits.getCpuPeriod())
        .put("cpu_quota", limits.getCpuQuota())
        .put("cpu_shares", limits.getCpuShares())
        .put("memory_limit_in_bytes", limits.getMemoryLimitInBytes())
        .put("memory_swap_limit_in_bytes", limits.getMemorySwapLimitInBytes())
        .put("cpuset_cpus", limits.getCpusetCpus())
        .put("cpuset_mems", limits.getCpusetMems());
  }

  /** For people and for {@code crictl inspectp}: the keys are ours. */
  private String info(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    LiveRecord live = sandbox.live();
    Stage stage = sandbox.stage();
    ObjectNode info = Json.OWN.createObjectNode();
    info.put("state", record.state().name());
    info.put("pid", live == null ? 0 : live.monitorPid());
    info.put("monitorConnected", sandbox.monitor() != null);
    info.put("cgroupPath", record.cgroupParent());
    info.put("netns", record.netns());
    info.put("runFolder", host.folders().pod(sandbox.id()).toString());
    info.put("filesFolder", host.folders().files(sandbox.id()).toString());
    limits(info.putObject("resources"), sandbox.config().getLinux().getResources());
    limits(info.putObject("overhead"), sandbox.config().getLinux().getOverhead());
    ObjectNode waits = info.putObject("waitsFor");
    if (stage != null) {
      waits.put("stage", stage.name());
      waits.put("sinceNanos", stage.sinceNanos());
    }
    ArrayNode pending = info.putArray("pendingCleanups");
    for (PendingCleanup left : record.pending()) {
      pending.addObject().put("what", left.what()).put("why", left.why()).put("sinceNanos", left.sinceNanos());
    }
    try {
      return Json.OWN.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw CriException.internal("The verbose info of sandbox " + sandbox.id() + " cannot be written: " + Failures.reason(e) + ".", e);
    }
  }
}
