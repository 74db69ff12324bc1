package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the node's containers again when the daemon starts: what lives, what ended meanwhile and how. Runs after the pods were
 * found and connected, before anything is served and before their exits are told.
 */
public final class RecoverContainers {
  private static final Logger LOG = LoggerFactory.getLogger(RecoverContainers.class);

  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

  private final ContainerHost host;
  private final ContainerExits exits;
  private final RemoveContainer removal;

  /** Pods whose monitor did not answer, as opposed to those that have none. */
  private final Set<ObjectId> silent = new HashSet<>();

  public RecoverContainers(ContainerHost host, RemoveContainer removal) {
    this.host = host;
    this.exits = new ContainerExits(host);
    this.removal = removal;
  }

  /**
   * @throws CriException INTERNAL if the folder of the containers cannot be read
   */
  public void run() {
    List<Container> found;
    try {
      found = host.store().load();
    } catch (IOException e) {
      throw CriException.internal("The records of the containers cannot be read: " + e.getMessage() + ".", e);
    }
    Map<ObjectId, Optional<Map<ObjectId, io.crij.helper.ContainerState>>> pods = new HashMap<>();
    for (Container container : found) {
      host.clock().seen(container.record().createdAtNanos());
      host.images().adopt(container.id(), container.record().image().layers());
      if (container.state() != ContainerState.EXITED) {
        Optional<Map<ObjectId, io.crij.helper.ContainerState>> states =
            pods.computeIfAbsent(container.sandbox(), this::statesOf);
        compare(container, states);
      }
    }
    found.stream().filter(container -> container.state() == ContainerState.EXITED).forEach(container -> host.hooks().ended(container.id()));
    if (host.store().hasOwnerless()) {
      endStrays(pods);
    }
    // It asks systemd, and nothing that is served waits for the answer.
    Thread.ofVirtual().name("stray-scopes").start(this::endStrayScopes);
    host.runtimes().forgetUnconfigured(found.stream().map(container -> container.id().hex()).toList());
    host.runtimes().remember();
    found.stream().filter(container -> container.life().removing()).forEach(this::finishRemoval);
    LOG.info("{} containers were found again", found.size());
  }

  /** What the pod's monitor says of its containers; nothing if there is no monitor. */
  private Optional<Map<ObjectId, io.crij.helper.ContainerState>> statesOf(ObjectId sandbox) {
    try {
      Monitor monitor = host.pods().ready(sandbox.hex()).monitor();
      Map<ObjectId, io.crij.helper.ContainerState> states = new HashMap<>();
      monitor.status().forEach(state -> states.put(state.container(), state));
      return Optional.of(states);
    } catch (CriException e) {
      if (e.code() == ErrorCode.UNAVAILABLE || e.code() == ErrorCode.DEADLINE_EXCEEDED) {
        silent.add(sandbox);
      }
      LOG.info("Sandbox {} has no monitor that tells of its containers: {}", sandbox, e.getMessage());
      return Optional.empty();
    } catch (LaunchFailure | MonitorGone e) {
      // If it died just now, the pod will hear of that and end its containers.
      silent.add(sandbox);
      LOG.info("The monitor of sandbox {} does not tell of its containers: {}", sandbox, e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Ends containers that run and have no record any more. They cannot be listed, so kubelet would start others in their
   * place, and both would write to the same volumes.
   */
  private void endStrays(Map<ObjectId, Optional<Map<ObjectId, io.crij.helper.ContainerState>>> pods) {
    for (ObjectId pod : host.pods().all()) {
      for (ObjectId id : pods.computeIfAbsent(pod, this::statesOf).orElse(Map.of()).keySet()) {
        if (host.store().isStray(id)) {
          endStray(pod, id);
        }
      }
    }
    if (silent.isEmpty()) {
      host.store().removeOwnerless();
    }
  }

  private void endStrayScopes() {
    try {
      host.cgroups().endStrayScopes(id -> !host.store().isStray(id));
    } catch (CriException e) {
      LOG.warn("Scopes of containers that are not known stay until the next start: {}", e.getMessage());
    }
  }

  private void endStray(ObjectId pod, ObjectId id) {
    LOG.error("Container {} of sandbox {} has no record that can be read, and is ended", id, pod);
    try {
      ReadySandbox ready = host.pods().ready(pod.hex());
      String cgroup = ContainerDraft.cgroup(host, ready, id);
      host.cgroups().killAll(cgroup, KILL_PATIENCE);
      host.cgroups().delete(cgroup);
      ready.monitor().forget(id);
    } catch (CriException | LaunchFailure | MonitorGone e) {
      LOG.warn("Container {}, which has no record, is not wholly ended until its pod stops: {}", id, e.getMessage());
    }
  }

  private void compare(Container container, Optional<Map<ObjectId, io.crij.helper.ContainerState>> states) {
    io.crij.helper.ContainerState seen = states.map(all -> all.get(container.id())).orElse(null);
    if (seen == null && silent.contains(container.sandbox())) {
      // Its monitor may live and only be slow: what runs under it is not killed for that, and its exit will be told.
      host.store().live(container, life -> life.state() == ContainerState.RUNNING ? life.unknown() : life);
      return;
    }
    if (seen == null) {
      // One that was only created has nothing that could be lost.
      exits.lost(container, "It ended while the runtime was away, or the node was restarted.");
      return;
    }
    if (container.life().pid() == 0) {
      host.store().live(container, life -> life.started(seen.pid(), seen.startTicks(), seen.startedAtNs()));
    } else if (seen.pid() != container.life().pid() || seen.startTicks() != container.life().startTicks()) {
      LOG.error(
          "Container {} was process {}, and its monitor says it is process {}; the monitor is believed",
          container.id(), container.life().pid(), seen.pid());
    }
    if (!seen.running()) {
      exits.record(container, seen.exitCode(), seen.finishedAtNs());
      return;
    }
    try {
      host.cgroups().found(container.record().cgroup());
    } catch (CriException e) {
      LOG.warn("Whether container {} will have run out of memory may not be known: {}", container.id(), e.getMessage());
    }
  }

  /** On a thread of its own: it may have to wait for processes to end, and their exits are told after this only. */
  private void finishRemoval(Container container) {
    host.threads()
        .newThread(
            () -> {
              try {
                removal.remove(container);
              } catch (CriException e) {
                LOG.warn("Container {} was being removed and cannot be yet: {}", container.id(), e.getMessage());
              }
            })
        .start();
  }
}
