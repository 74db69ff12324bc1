package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.JoinedWork;
import io.crij.core.ObjectId;
import io.crij.cri.RemoveContainerRequest;
import io.crij.cri.RemoveContainerResponse;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes a container, by force if it runs: its control group, its writable layer, its plan and its name. Its log stays, since
 * kubelet removes logs.
 */
public final class RemoveContainer {
  private static final Logger LOG = LoggerFactory.getLogger(RemoveContainer.class);
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

  private final ContainerHost host;
  private final JoinedWork<ObjectId, RemoveContainerResponse> work;

  public RemoveContainer(ContainerHost host) {
    this.host = host;
    this.work = new JoinedWork<>(host.threads(), id -> "container " + id);
  }

  /**
   * Succeeds for a container that is unknown.
   *
   * @throws CriException if something of it cannot be removed; it stays listed then, and a retry goes on
   */
  public RemoveContainerResponse run(RemoveContainerRequest request) {
    host.store().find(request.getContainerId()).ifPresent(this::remove);
    return RemoveContainerResponse.getDefaultInstance();
  }

  /** As {@link #run}, of a container in hand. */
  void remove(Container container) {
    RemoveContainerRequest same = RemoveContainerRequest.newBuilder().setContainerId(container.id().hex()).build();
    work.run(
        container.id(),
        same,
        () -> {
          host.stops().stop(container, Duration.ZERO);
          container.exclusively("removed", () -> removeStopped(container));
          return RemoveContainerResponse.getDefaultInstance();
        });
  }

  private void removeStopped(Container container) {
    if (host.store().find(container.id().hex()).isEmpty()) {
      return;
    }
    ContainerRecord record = host.store().live(container, Life::beingRemoved);
    container.waitsFor("its control group to be empty");
    host.cgroups().killAll(record.cgroup(), KILL_PATIENCE);
    host.runtimes().delete(record.id());
    host.cgroups().delete(record.cgroup());
    container.waitsFor("its poststop hooks");
    host.hooks().afterEnd(container.id());
    forget(container);
    try {
      container.waitsFor("its files to be removed");
      Path plan = Path.of(record.planFile());
      Path bundle = RuntimeLaunch.bundle(record).folder();
      // With the pod's run folder, when the pod was stopped before.
      if (Files.exists(bundle)) {
        TreeRemoval.remove(bundle);
      }
      Files.deleteIfExists(plan);
      Files.deleteIfExists(plan.resolveSibling("exit-" + container.id()));
      host.store().delete(container);
    } catch (IOException e) {
      throw new CriException(
          ErrorCode.INTERNAL, "The files of container " + container.id() + " cannot be removed: " + e.getMessage() + "; try again.", e);
    }
    host.images().release(container.id());
    host.plugins().removed(container);
  }

  /** The monitor may forget it; one that is gone has. */
  private void forget(Container container) {
    try {
      host.pods().ready(container.sandbox().hex()).monitor().forget(container.id());
    } catch (CriException | LaunchFailure | MonitorGone e) {
      LOG.debug("The monitor was not told that container {} is removed: {}", container.id(), e.getMessage());
    }
  }
}
