package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down how containers ended, and tidies up after them. */
final class ContainerExits {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerExits.class);

  /** For processes that outlive the first one, as they can where the PID namespace is shared. */
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

  private final ContainerHost host;

  ContainerExits(ContainerHost host) {
    this.host = host;
  }

  /**
   * Records an exit, then lets the monitor forget its event. On a thread of its own, since the caller's brings the next exits.
   */
  void told(Monitor monitor, long sequence, ObjectId id, int exitCode, long finishedAtNanos) {
    host.threads()
        .newThread(
            () -> {
              host.store().find(id.hex()).ifPresent(container -> record(container, exitCode, finishedAtNanos));
              try {
                monitor.ack(sequence);
              } catch (MonitorGone | LaunchFailure | CriException e) {
                // It will tell again; the same exit twice changes nothing.
                LOG.debug("The exit of container {} could not be acknowledged: {}", id, e.getMessage());
              }
            })
        .start();
  }

  /** Records an exit that is known, with its reason. */
  void record(Container container, int exitCode, long finishedAtNanos) {
    if (container.state() == ContainerState.EXITED) {
      return;
    }
    String cgroup = container.record().cgroup();
    boolean outOfMemory = tidy(container, cgroup);
    host.store().live(container, life -> life.exited(exitCode, finishedAtNanos, outOfMemory));
    host.plugins().ended(container);
    deleteGroup(container, cgroup);
    host.hooks().ended(container.id());
  }

  /**
   * Records the end of a container whose monitor is gone: as its exit record says, else as unknown. Kills what is left of it.
   */
  void lost(Container container, String why) {
    if (container.state() == ContainerState.EXITED || container.state() == ContainerState.CREATED) {
      return;
    }
    String cgroup = container.record().cgroup();
    Optional<ExitFile> seen = exitFile(container);
    if (seen.isPresent()) {
      record(container, seen.get().exitCode(), seen.get().finishedAtNanos());
      return;
    }
    boolean outOfMemory = tidy(container, cgroup);
    LOG.warn("How container {} ended is not known ({}){}", container.id(), why, outOfMemory ? "; the kernel had killed processes of it for lack of memory" : "");
    host.store().live(container, life -> life.lost(host.clock().now(), why));
    host.plugins().ended(container);
    deleteGroup(container, cgroup);
    host.hooks().ended(container.id());
  }

  /**
   * Ends what outlived the first process.
   *
   * @return whether the kernel killed one of its processes for lack of memory
   */
  private boolean tidy(Container container, String cgroup) {
    boolean outOfMemory = false;
    try {
      host.cgroups().killAll(cgroup, KILL_PATIENCE);
    } catch (CriException e) {
      LOG.warn("Processes of container {} outlive it: {}", container.id(), e.getMessage());
    }
    try {
      outOfMemory = host.cgroups().oomKills(cgroup).orElse(0) > 0;
    } catch (CriException e) {
      LOG.warn("Whether container {} ran out of memory is not known: {}", container.id(), e.getMessage());
    }
    return outOfMemory;
  }

  private void deleteGroup(Container container, String cgroup) {
    host.runtimes().delete(container.id().hex());
    try {
      host.cgroups().delete(cgroup);
    } catch (CriException e) {
      LOG.warn("The control group of container {} stays until it is removed: {}", container.id(), e.getMessage());
    }
  }

  private record ExitFile(int exitCode, long finishedAtNanos) {}

  /** The monitor's own record, PROTOCOL.md section 3: a line {@code CODE FINISHED_NS}. */
  private static Optional<ExitFile> exitFile(Container container) {
    Path file = Path.of(container.record().planFile()).resolveSibling("exit-" + container.id());
    try {
      String[] words = Files.readString(file, StandardCharsets.US_ASCII).strip().split(" ");
      return words.length == 2
          ? Optional.of(new ExitFile(Integer.parseInt(words[0]), Long.parseLong(words[1])))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      LOG.debug("Container {} has no exit record: {}", container.id(), e.getMessage());
      return Optional.empty();
    }
  }
}
