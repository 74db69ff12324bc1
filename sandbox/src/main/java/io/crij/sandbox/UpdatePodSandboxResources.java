package io.crij.sandbox;

import io.crij.cgroups.Limits;
import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.UpdatePodSandboxResourcesRequest;
import io.crij.cri.UpdatePodSandboxResourcesResponse;
import java.io.IOException;

/**
 * Takes note of what a pod may use as a whole. kubelet sets the limits of its own pod groups, before or after this call; only a
 * group that this runtime made for the pod is limited here.
 */
public final class UpdatePodSandboxResources {
  private final SandboxHost host;

  public UpdatePodSandboxResources(SandboxHost host) {
    this.host = host;
  }

  /**
   * What the request does not specify stays.
   *
   * @throws CriException NOT_FOUND; FAILED_PRECONDITION if the pod was stopped; INVALID_ARGUMENT naming the field; or why the
   *     kernel refused, with the old limits in force
   */
  public UpdatePodSandboxResourcesResponse run(UpdatePodSandboxResourcesRequest request) {
    Sandbox sandbox = host.store().get(request.getPodSandboxId());
    LinuxResources.check("resources", request.getResources());
    LinuxResources.check("overhead", request.getOverhead());
    sandbox.exclusively("updated", StopPodSandbox.PATIENCE, () -> update(sandbox, request));
    return UpdatePodSandboxResourcesResponse.getDefaultInstance();
  }

  private void update(Sandbox sandbox, UpdatePodSandboxResourcesRequest request) {
    SandboxRecord record = sandbox.record();
    if (record.state() != SandboxState.READY || sandbox.stopping()) {
      throw CriException.precondition(
          "The resources of sandbox " + sandbox.id() + " cannot be changed: it was stopped or its processes died; make a new pod.");
    }
    LinuxPodSandboxConfig old = sandbox.config().getLinux();
    LinuxContainerResources resources = LinuxResources.merge(old.getResources(), request.getResources());
    LinuxContainerResources overhead = LinuxResources.merge(old.getOverhead(), request.getOverhead());
    PodSandboxConfig config =
        sandbox.config().toBuilder().setLinux(old.toBuilder().setResources(resources).setOverhead(overhead)).build();
    sandbox.enter(new Stage("the plugins", host.clock().now()));
    host.nri().updatePodSandbox(PluginView.about(sandbox), overhead, resources);
    if (!config.equals(sandbox.config())) {
      apply(sandbox, record, config);
    }
    host.nri().postUpdatePodSandbox(PluginView.about(sandbox));
  }

  private void apply(Sandbox sandbox, SandboxRecord record, PodSandboxConfig config) {
    Limits before = PodLimits.of(sandbox.config());
    host.cgroups().limit(record, PodLimits.of(config));
    try {
      host.store().update(sandbox, record.withConfig(config), config);
    } catch (IOException e) {
      host.cgroups().limit(record, before);
      throw Failures.of("The new resources of sandbox " + sandbox.id() + " could not be written down, so the old ones stay", e);
    }
  }
}
