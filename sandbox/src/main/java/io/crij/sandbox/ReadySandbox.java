package io.crij.sandbox;

import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxConfig;
import io.crij.helper.Monitor;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod in which containers can be made and started now.
 *
 * @param config as RunPodSandbox was given it
 * @param monitor the pod's; shared by all who use it, not to be closed
 * @param runFolder for plans and what else dies with the boot; the monitor reads plans below it
 * @param cgroupParent below it a container has its cgroup, as {@code <cgroupParent>/<container id>}; it exists
 * @param netns where the network namespace is pinned; null with the node's network
 * @param hostname what gethostname(2) says in the pod, for the HOSTNAME variable
 * @param ips the pod's addresses; empty with the node's network
 */
public record ReadySandbox(
    ObjectId id,
    PodSandboxConfig config,
    String runtimeHandler,
    Monitor monitor,
    Path runFolder,
    String cgroupParent,
    @Nullable Path netns,
    NamespaceModes modes,
    PodFiles files,
    String hostname,
    List<String> ips) {
  /** As people name it, {@code namespace/name}. */
  public String name() {
    return PodName.of(config.getMetadata()).pod();
  }
}
