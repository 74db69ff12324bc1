package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.cri.StopPodSandboxRequest;
import io.crij.cri.StopPodSandboxResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Ends a pod: its containers are killed, its network is torn down, its namespaces and cgroup go. May be called any number of
 * times, for pods that never were as well.
 */
public final class StopPodSandbox {
  static final Duration PATIENCE = Duration.ofSeconds(100);

  private final SandboxHost host;
  private final PodContainers containers;
  private final PodTeardown teardown;

  public StopPodSandbox(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.containers = containers;
    this.teardown = new PodTeardown(host);
  }

  /**
   * @throws CriException INTERNAL if something could not be taken back: it stays on record, and the next call tries again;
   *     DEADLINE_EXCEEDED if another call works on the pod and does not end
   */
  public StopPodSandboxResponse run(StopPodSandboxRequest request) {
    host.store()
        .find(request.getPodSandboxId())
        .ifPresent(
            sandbox -> {
              sandbox.stop();
              sandbox.exclusively("stopped", PATIENCE, () -> stop(sandbox));
            });
    return StopPodSandboxResponse.getDefaultInstance();
  }

  private void stop(Sandbox sandbox) {
    if (host.store().find(sandbox.id().hex()).isEmpty()) {
      return; // a call that had its turn before this one removed it
    }
    sandbox.enter(new Stage("the end of its containers", host.clock().now()));
    containers.stopAll(sandbox.id());
    if (isOver(sandbox)) {
      return;
    }
    sandbox.enter(new Stage("the plugins", host.clock().now()));
    host.nri().stopPodSandbox(PluginView.about(sandbox));
    List<PendingCleanup> pending = teardown.run(sandbox);
    SandboxRecord record = sandbox.record();
    SandboxState next = record.state() == SandboxState.REMOVING ? SandboxState.REMOVING : SandboxState.NOTREADY;
    host.store().note(sandbox, record.withState(next).withPending(pending));
    refuse("stopped", sandbox, pending);
  }

  /** True if an earlier call did everything. */
  private boolean isOver(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    return record.state() == SandboxState.NOTREADY
        && record.pending().isEmpty()
        && record.netns() == null
        && sandbox.monitor() == null
        && !Files.exists(host.folders().pod(sandbox.id()));
  }

  static void refuse(String what, Sandbox sandbox, List<PendingCleanup> pending) {
    if (!pending.isEmpty()) {
      throw CriException.internal(
          "Sandbox " + sandbox.id() + " could not be " + what + " completely; a later call tries again. Left: "
              + pending.stream().map(left -> left.what() + " (" + left.why() + ")").collect(Collectors.joining("; ")) + ".",
          null);
    }
  }
}
