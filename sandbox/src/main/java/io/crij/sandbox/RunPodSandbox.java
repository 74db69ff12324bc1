package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.JoinedWork;
import io.crij.core.Journal;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.core.Undo;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.PodSetup;
import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.nri.AboutPod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a pod: record, cgroup, monitor with the namespaces, network; then the plugins are asked. All of it or nothing; what cannot be undone stays on the
 * record as a NOTREADY pod without a name, for Stop and Remove.
 */
public final class RunPodSandbox {
  private static final Logger LOG = LoggerFactory.getLogger(RunPodSandbox.class);
  private static final long SHM_BYTES = 64L << 20;
  private static final Duration MKDIR_DEADLINE = Duration.ofSeconds(30);

  private final SandboxHost host;
  private final MonitorWatch watch;
  private final PodTeardown teardown;
  private final JoinedWork<PodName, ObjectId> runs;
  private final AtomicBoolean saidWithoutParent = new AtomicBoolean();

  public RunPodSandbox(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.watch = new MonitorWatch(host, containers);
    this.teardown = new PodTeardown(host);
    this.runs = new JoinedWork<>(host.threads(), name -> "pod " + Printable.of(name.toString()));
  }

  /**
   * The same request while the first one still runs waits for its result.
   *
   * @throws CriException INVALID_ARGUMENT naming the field; ALREADY_EXISTS if the pod is there or another request makes it;
   *     INTERNAL, saying what failed, otherwise
   */
  public RunPodSandboxResponse run(RunPodSandboxRequest request) {
    PodConfigCheck.check(request, host.handlers(), host.cgroups().driver());
    PodSandboxConfig config = request.getConfig();
    Map<String, String> sysctls = SysctlRules.plan(config.getLinux().getSysctlsMap(), NamespaceModes.of(config));
    PodName name = PodName.of(config.getMetadata());
    ObjectId id =
        runs.run(
            name,
            request,
            () -> {
              ObjectId fresh = freshId();
              return host.journal().keep(name.pod(), "RunPodSandbox", fresh.hex(), work -> make(fresh, name, request, sysctls, work));
            });
    return RunPodSandboxResponse.newBuilder().setPodSandboxId(id.hex()).build();
  }

  private ObjectId make(ObjectId id, PodName name, RunPodSandboxRequest request, Map<String, String> sysctls, Journal.Work work) {
    Undo undo = new Undo();
    try (undo) {
      work.enters("record");
      host.store().reserve(name, id);
      undo.add("name", () -> host.store().release(name, id));
      Sandbox sandbox = record(id, request, undo);
      FutureTask<Void> logFolder = makeLogFolder(request.getConfig().getLogDirectory());
      String hostname = writeFiles(sandbox, undo);
      work.enters("cgroup");
      undo.add("cgroup", () -> host.cgroups().remove(sandbox.record()));
      host.cgroups().make(sandbox.record());
      host.cgroups().limit(sandbox.record(), PodLimits.of(sandbox.config()));
      work.enters("monitor");
      undo.add("monitor", () -> host.monitors().end(sandbox));
      Monitor monitor = host.monitors().start(sandbox);
      watch.begin(sandbox, monitor);
      work.enters("namespaces");
      monitor.setUp(setup(sandbox, hostname, sysctls));
      work.enters("network");
      List<String> ips = attach(sandbox, undo);
      work.enters("log folder");
      Waiting.on(logFolder);
      work.enters("plugins");
      AboutPod about = PluginView.about(sandbox, ips);
      undo.add("plugins", () -> host.nri().removePodSandbox(about));
      host.nri().runPodSandbox(about);
      work.enters("commit");
      sandbox.exclusively("made", Duration.ZERO, () -> becomeReady(sandbox, ips));
      undo.commit();
      host.nri().podIsShown(id.hex());
    } catch (IOException | RuntimeException e) {
      throw Failures.of("Pod " + Printable.of(name.toString()) + " could not be made", e);
    } finally {
      undo.failures()
          .forEach(left -> LOG.warn("Sandbox {}: its {} could not be taken back: {}", id, left.what(), Failures.reason(left.why())));
    }
    LOG.info("Sandbox {} is ready: pod {}; {}", id, Printable.of(name.toString()), work.now().words());
    return id;
  }

  /** An id whose short form is free as well: the run folder and the pin are named by it. */
  private ObjectId freshId() {
    ObjectId id = ObjectId.random();
    while (Files.exists(host.folders().pod(id)) || Files.exists(host.folders().netnsPin(id))) {
      id = ObjectId.random();
    }
    return id;
  }

  /** Intent on disk before the first object in the kernel. */
  private Sandbox record(ObjectId id, RunPodSandboxRequest request, Undo undo) throws IOException {
    PodSandboxConfig config = request.getConfig();
    String parent = host.cgroups().parent(id, config.getLinux().getCgroupParent());
    // Once: of a node whose kubelet is set so it is true of every pod.
    if (config.getLinux().getCgroupParent().isEmpty() && saidWithoutParent.compareAndSet(false, true)) {
      LOG.warn(
          "Sandbox {}: its request names no cgroup_parent, so its cgroups are below {}, outside kubelet's limits; if it is kubelet's, set cgroupsPerQOS there to true."
              + " Other pods like it are not told of.",
          id, parent);
    }
    List<SandboxRecord> others = host.store().all().stream().map(Sandbox::record).toList();
    SandboxRecord record =
        new SandboxRecord(
            id.hex(),
            SandboxRecord.encode(config),
            request.getRuntimeHandler(),
            SandboxState.CREATING,
            host.clock().next(),
            true,
            List.of(),
            NamespaceModes.of(config).ownNetwork() ? host.folders().netnsPin(id).toString() : null,
            parent,
            host.cgroups().missing(parent, others),
            List.of());
    Sandbox sandbox = host.store().add(record, config);
    undo.add("record", () -> dropOrKeep(sandbox, undo.failures()));
    return sandbox;
  }

  /** The last step back but one: a pod of which something is left stays, so that somebody can stop and remove it. */
  private void dropOrKeep(Sandbox sandbox, List<Undo.Failure> failures) throws IOException {
    if (failures.isEmpty()) {
      host.store().drop(sandbox);
      return;
    }
    long now = host.clock().now();
    List<PendingCleanup> pending =
        failures.stream().map(left -> new PendingCleanup(left.what(), Failures.reason(left.why()), now)).toList();
    host.store().update(sandbox, sandbox.record().withState(SandboxState.NOTREADY).withoutName().withPending(pending));
  }

  private String writeFiles(Sandbox sandbox, Undo undo) throws IOException {
    PodSandboxConfig config = sandbox.config();
    String hostname =
        sandbox.modes().ownNetwork() && !config.getHostname().isEmpty() ? config.getHostname() : host.node().readHostname();
    Path folder = host.folders().files(sandbox.id());
    undo.add("files", () -> TreeRemoval.remove(folder));
    PodFiles.write(folder, config, hostname, host.node(), sandbox.modes().user());
    return hostname;
  }

  /** The folder may be on a file system that hangs, so a helper makes it, beside everything else. */
  private FutureTask<Void> makeLogFolder(String folder) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              if (!folder.isEmpty()) {
                makeFolder(folder);
              }
              return null;
            });
    if (folder.isEmpty()) {
      task.run();
    } else {
      host.threads().newThread(task).start();
    }
    return task;
  }

  private void makeFolder(String folder) throws IOException {
    try {
      host.paths().mkdirs(folder, MKDIR_DEADLINE);
    } catch (LaunchFailure e) {
      boolean full = e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
      throw new CriException(
          full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.FAILED_PRECONDITION,
          "config.log_directory: the folder '" + Printable.of(folder) + "' cannot be made: " + Errno.text(e.errno()) + (full ? "; free space there." : "; name one that can."),
          e);
    }
  }

  private PodSetup setup(Sandbox sandbox, String hostname, Map<String, String> sysctls) {
    boolean ownNetwork = sandbox.modes().ownNetwork();
    return new PodSetup(
        sandbox.modes().own(),
        ownNetwork ? host.folders().netnsPin(sandbox.id()) : null,
        ownNetwork ? hostname : null,
        sysctls,
        SHM_BYTES,
        sandbox.modes().user());
  }

  private List<String> attach(Sandbox sandbox, Undo undo) {
    if (!sandbox.modes().ownNetwork()) {
      return List.of();
    }
    host.awaitNetwork();
    // Before the attempt: one that failed half-way has something to take back as well.
    undo.add("network", () -> teardown.removeNetwork(sandbox));
    Path pin = host.folders().netnsPin(sandbox.id());
    return host.network().add(NetworkRequests.of(sandbox.id(), sandbox.config(), pin)).ips();
  }

  private void becomeReady(Sandbox sandbox, List<String> ips) {
    if (sandbox.monitor() == null) {
      throw CriException.internal(
          "The monitor of pod " + Printable.of(sandbox.name().toString()) + " ended while the pod was made; try again.", null);
    }
    try {
      host.store().update(sandbox, sandbox.record().withIps(ips).withState(SandboxState.READY));
    } catch (IOException e) {
      throw Failures.of("Pod " + Printable.of(sandbox.name().toString()) + " could not be written down", e);
    }
  }
}
