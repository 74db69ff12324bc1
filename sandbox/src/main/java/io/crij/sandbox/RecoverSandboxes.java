package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.TreeRemoval;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the pods of an earlier daemon again, at start. First {@link #run}, so that List and Status tell the truth; then the
 * containers are recovered; then {@link #resume} lets exits in and finishes, in the background, what was left half done.
 */
public final class RecoverSandboxes {
  private static final Logger LOG = LoggerFactory.getLogger(RecoverSandboxes.class);

  private final SandboxHost host;
  private final PodContainers containers;
  private final MonitorWatch watch;
  private final PodTeardown teardown;
  private final List<Sandbox> dead = new CopyOnWriteArrayList<>();
  private final Set<ObjectId> orphans = new HashSet<>();

  public RecoverSandboxes(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.containers = containers;
    this.watch = new MonitorWatch(host, containers);
    this.teardown = new PodTeardown(host);
  }

  /**
   * Reads all records and connects to the monitors that live, all at the same time. When it returns, every pod whose monitor
   * is gone, or that was made in an earlier boot, is NOTREADY.
   *
   * @throws CriException if the folders cannot be read or made
   */
  public void run() {
    host.folders().check();
    try {
      Files.createDirectories(host.folders().records());
      Files.createDirectories(
          host.folders().pods(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      List<Sandbox> sandboxes = host.store().load();
      sandboxes.forEach(sandbox -> host.clock().seen(sandbox.record().createdAtNanos()));
      List<Future<?>> searches = new ArrayList<>();
      for (Sandbox sandbox : sandboxes) {
        FutureTask<Void> search =
            new FutureTask<>(
                () -> {
                  find(sandbox);
                  return null;
                });
        searches.add(search);
        host.threads().newThread(search).start();
      }
      for (Future<?> search : searches) {
        Waiting.on(search);
      }
      findOrphans(sandboxes);
    } catch (IOException e) {
      throw Failures.of("The pods of this node could not be read from " + host.folders().records(), e);
    }
  }

  /**
   * Lets the exits of containers in, and finishes what an earlier daemon began. Call it once the containers are recovered.
   *
   * @return done when all of that is done; nothing needs to wait for it
   */
  public CompletableFuture<Void> resume() {
    List<CompletableFuture<Void>> works = new ArrayList<>();
    for (Sandbox sandbox : host.store().all()) {
      SandboxState state = sandbox.record().state();
      Monitor monitor = sandbox.monitor();
      if (state == SandboxState.READY) {
        works.add(background(sandbox, () -> listen(sandbox, monitor)));
      } else if (state == SandboxState.CREATING) {
        works.add(background(sandbox, () -> rollBack(sandbox)));
      } else if (state == SandboxState.REMOVING) {
        works.add(background(sandbox, () -> new RemovePodSandbox(host, containers).remove(sandbox)));
      }
    }
    for (Sandbox sandbox : dead) {
      works.add(background(sandbox, () -> bury(sandbox)));
    }
    for (ObjectId orphan : orphans) {
      works.add(background(null, () -> removeOrphan(orphan)));
    }
    CompletableFuture<Void> hold = host.holdNetwork();
    works.add(background(null, () -> collectNetworks(hold)));
    return CompletableFuture.allOf(works.toArray(CompletableFuture[]::new));
  }

  private void find(Sandbox sandbox) {
    SandboxState state = sandbox.record().state();
    if (state == SandboxState.CREATING) {
      // The client was never told; it may make the same pod again while this one is rolled back.
      host.store().release(sandbox.name(), sandbox.id());
      return;
    }
    Optional<LiveRecord> live = host.monitors().living(sandbox.id());
    live.ifPresent(sandbox::born);
    if (state != SandboxState.READY) {
      return;
    }
    if (live.isPresent()) {
      try {
        host.monitors().connect(sandbox, null);
      } catch (MonitorGone | CriException e) {
        LOG.warn("The monitor of sandbox {} lives and does not answer; its pod's calls fail until it does: {}", sandbox.id(), Failures.reason(e));
      }
    } else {
      LOG.warn("The processes of sandbox {} ended while no daemon looked; it is not ready any more", sandbox.id());
      host.store().note(sandbox, sandbox.record().withState(SandboxState.NOTREADY));
      dead.add(sandbox);
    }
  }

  /** Pods whose records are lost: what runs for them has no owner, and their files none either. */
  private void findOrphans(List<Sandbox> sandboxes) throws IOException {
    Set<String> known = new HashSet<>();
    sandboxes.forEach(sandbox -> known.add(sandbox.id().shortHex()));
    orphans.addAll(host.store().torn());
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(host.folders().pods())) {
      for (Path folder : folders) {
        if (!known.contains(String.valueOf(folder.getFileName()))) {
          LOG.warn("The run folder {} belongs to no pod on record and is removed with its processes", folder);
          host.monitors().owner(folder).ifPresentOrElse(orphans::add, () -> orphans.addAll(withoutOwner(folder)));
        }
      }
    }
  }

  /** The pod of a run folder that cannot say it: one whose record is torn, or nobody's, and then the folder goes. */
  private Set<ObjectId> withoutOwner(Path folder) {
    Set<ObjectId> found =
        host.store().torn().stream().filter(id -> id.shortHex().equals(String.valueOf(folder.getFileName()))).collect(Collectors.toSet());
    if (found.isEmpty()) {
      try {
        host.monitors().removeLeftover(folder);
      } catch (IOException | CriException e) {
        LOG.warn("The run folder {} stays until the next start: {}", folder, Failures.reason(e));
      }
    }
    return found;
  }

  private void removeOrphan(ObjectId id) {
    try {
      host.monitors().endOrphan(id);
      host.cgroups().removeOwn(id);
      TreeRemoval.remove(host.folders().files(id));
    } catch (IOException | CriException e) {
      // One that cannot be removed must not keep the others from being served.
      LOG.warn("What is left of sandbox {}, which has no record, stays until the next start: {}", id, Failures.reason(e));
    }
  }

  private void listen(Sandbox sandbox, @Nullable Monitor monitor) {
    if (monitor == null) {
      watch.lost(sandbox, null);
      return;
    }
    try {
      watch.begin(sandbox, monitor);
    } catch (MonitorGone e) {
      watch.lost(sandbox, monitor);
    }
  }

  private void bury(Sandbox sandbox) {
    host.cgroups().kill(sandbox.record());
    containers.podDied(sandbox.id());
  }

  private void rollBack(Sandbox sandbox) {
    sandbox.exclusively(
        "rolled back",
        StopPodSandbox.PATIENCE,
        () -> {
          List<PendingCleanup> pending = teardown.run(sandbox);
          try {
            if (pending.isEmpty()) {
              TreeRemoval.remove(host.folders().files(sandbox.id()));
              host.store().drop(sandbox);
            } else {
              host.store()
                  .update(sandbox, sandbox.record().withState(SandboxState.NOTREADY).withoutName().withPending(pending));
            }
          } catch (IOException e) {
            throw Failures.of("Sandbox " + sandbox.id() + " could not be rolled back", e);
          }
        });
  }

  private void collectNetworks(CompletableFuture<Void> hold) {
    Set<ObjectId> living =
        host.store().all().stream()
            .filter(sandbox -> sandbox.record().netns() != null)
            .map(Sandbox::id)
            .collect(Collectors.toSet());
    try {
      host.network().gc(living);
    } finally {
      hold.complete(null);
    }
  }

  private CompletableFuture<Void> background(@Nullable Sandbox sandbox, Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    host.threads()
        .newThread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                LOG.warn(
                    "{} could not be recovered completely; Stop and Remove try again: {}",
                    sandbox == null ? "What no pod owns" : "Sandbox " + sandbox.id(),
                    Failures.reason(e));
              } finally {
                done.complete(null);
              }
            })
        .start();
    return done;
  }
}
