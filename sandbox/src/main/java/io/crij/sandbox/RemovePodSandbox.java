package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.RemovePodSandboxResponse;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.nri.AboutPod;
import java.io.IOException;
import java.util.List;

/**
 * Removes a pod with its containers, running or not; the log folder is kubelet's and stays. May be called any number of times,
 * for pods that never were as well.
 */
public final class RemovePodSandbox {
  private final SandboxHost host;
  private final PodContainers containers;
  private final PodTeardown teardown;

  public RemovePodSandbox(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.containers = containers;
    this.teardown = new PodTeardown(host);
  }

  /**
   * @throws CriException INTERNAL if something could not be taken back: the pod stays listed as NOTREADY, and the next call
   *     tries again; DEADLINE_EXCEEDED if another call works on the pod and does not end
   */
  public RemovePodSandboxResponse run(RemovePodSandboxRequest request) {
    host.store().find(request.getPodSandboxId()).ifPresent(this::remove);
    return RemovePodSandboxResponse.getDefaultInstance();
  }

  void remove(Sandbox sandbox) {
    sandbox.stop();
    sandbox.exclusively("removed", StopPodSandbox.PATIENCE, () -> removeNow(sandbox));
  }

  private void removeNow(Sandbox sandbox) {
    if (host.store().find(sandbox.id().hex()).isEmpty()) {
      return; // a call that had its turn before this one removed it
    }
    try {
      host.store().note(sandbox, sandbox.record().withState(SandboxState.REMOVING));
      sandbox.enter(new Stage("the removal of its containers", host.clock().now()));
      containers.stopAll(sandbox.id());
      containers.removeAll(sandbox.id());
      AboutPod about = PluginView.about(sandbox);
      sandbox.enter(new Stage("the plugins", host.clock().now()));
      host.nri().stopPodSandbox(about);
      List<PendingCleanup> pending = teardown.run(sandbox);
      if (!pending.isEmpty()) {
        host.store().note(sandbox, sandbox.record().withPending(pending));
        StopPodSandbox.refuse("removed", sandbox, pending);
      }
      sandbox.enter(new Stage("the removal of its record", host.clock().now()));
      TreeRemoval.remove(host.folders().files(sandbox.id()));
      host.store().delete(sandbox);
      host.nri().removePodSandbox(about);
    } catch (IOException e) {
      throw Failures.of("Sandbox " + sandbox.id() + " could not be removed", e);
    }
  }
}
