package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerResources;
import io.crij.cri.ContainerStatusRequest;
import io.crij.cri.ContainerStatusResponse;
import io.crij.cri.ContainerUser;
import io.crij.cri.LinuxContainerUser;
import io.crij.cri.Signal;
import java.util.List;

/** What is known of a container. Answers from memory; only the verbose form reads its plan. */
public final class ContainerStatus {
  private final ContainerHost host;

  public ContainerStatus(ContainerHost host) {
    this.host = host;
  }

  /** @throws CriException NOT_FOUND */
  public ContainerStatusResponse run(ContainerStatusRequest request) {
    Container container = host.store().get(request.getContainerId());
    ContainerStatusResponse.Builder response = ContainerStatusResponse.newBuilder().setStatus(status(container));
    if (request.getVerbose()) {
      response.putInfo("info", VerboseInfo.json(host, container));
    }
    return response.build();
  }

  /**
   * Of all containers of a pod, newest first: of several attempts at a container a kubelet that hears events takes the first for the one that
   * counts.
   */
  static List<io.crij.cri.ContainerStatus> ofPod(ContainerStore store, ObjectId sandbox) {
    return store.of(sandbox).reversed().stream().map(ContainerStatus::status).toList();
  }

  static io.crij.cri.ContainerStatus status(Container container) {
    ContainerRecord record = container.record();
    ContainerConfig config = container.config();
    Life life = record.life();
    io.crij.cri.ContainerStatus.Builder status =
        io.crij.cri.ContainerStatus.newBuilder()
            .setId(record.id())
            .setMetadata(config.getMetadata())
            .setState(life.state().toCri())
            .setCreatedAt(record.createdAtNanos())
            .setStartedAt(life.startedAtNanos())
            .setFinishedAt(life.finishedAtNanos())
            .setExitCode(life.exitCode())
            .setImage(record.shownImage(config))
            .setImageRef(record.image().ref())
            .setImageId(record.image().id())
            .setReason(life.reason())
            .setMessage(life.message())
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .addAllMounts(config.getMountsList())
            .setLogPath(record.logPath())
            .setStopSignal(Signal.valueOf(record.stopSignal()))
            .setUser(
                ContainerUser.newBuilder()
                    .setLinux(
                        LinuxContainerUser.newBuilder()
                            .setUid(record.user().uid())
                            .setGid(record.user().gid())
                            .addAllSupplementalGroups(record.user().groups())));
    // In what was asked for and not in what the kernel made of it: shares and weight do not convert back without loss.
    status.setResources(ContainerResources.newBuilder().setLinux(container.resources()));
    return status.build();
  }
}
