package io.crij.sandbox;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a pod's kernel objects back once its containers are stopped. Every step is tried and may be tried again: what fails
 * stays on the record, for the next Stop or Remove.
 */
final class PodTeardown {
  private interface Step {
    void run() throws Exception;
  }

  private final SandboxHost host;

  PodTeardown(SandboxHost host) {
    this.host = host;
  }

  /** Tries all; callers hold the pod's turn. What is left is returned and not yet on the record. */
  List<PendingCleanup> run(Sandbox sandbox) {
    List<PendingCleanup> pending = new ArrayList<>();
    boolean offNetwork = attempt(sandbox, "network", pending, () -> removeNetwork(sandbox));
    if (offNetwork) {
      // The monitor keeps the network namespace, which the next try needs.
      attempt(sandbox, "monitor", pending, () -> host.monitors().end(sandbox));
    }
    attempt(sandbox, "cgroup", pending, () -> host.cgroups().remove(sandbox.record()));
    return List.copyOf(pending);
  }

  /** Detaches the pod from the network, if it is or may be attached. */
  void removeNetwork(Sandbox sandbox) {
    if (sandbox.record().netns() != null) {
      host.network().remove(sandbox.id());
      host.store().note(sandbox, sandbox.record().withoutNetwork());
    }
  }

  private boolean attempt(Sandbox sandbox, String what, List<PendingCleanup> pending, Step step) {
    sandbox.enter(new Stage("removal of its " + what, host.clock().now()));
    try {
      step.run();
      return true;
    } catch (Exception e) {
      pending.add(new PendingCleanup(what, Failures.reason(e), host.clock().now()));
      return false;
    }
  }
}
