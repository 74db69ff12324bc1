package io.crij.container;

import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.container.launch.CgroupFacts;
import io.crij.container.launch.GrantedDevices;
import io.crij.container.launch.ProcessUser;
import io.crij.container.oci.OciRuntimes;
import io.crij.container.oci.RuntimeFailure;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.JoinedWork;
import io.crij.core.Journal;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.cri.StartContainerRequest;
import io.crij.cri.StartContainerResponse;
import io.crij.helper.HoldListener;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import io.crij.helper.PidMode;
import io.crij.helper.StartRequest;
import io.crij.helper.StreamFlag;
import io.crij.helper.syscall.Errno;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a container's program; answers when it was executed. One that cannot be leaves the container EXITED, with the reason in
 * its status, so that kubelet backs off.
 */
public final class StartContainer {
  private static final Logger LOG = LoggerFactory.getLogger(StartContainer.class);
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

  private static final FileAttribute<?> LOG_MODE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  /** As shells and the other runtimes have it. */
  private static final int NOT_FOUND = 127;

  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_STARTED = 128;

  private static final int SIGKILL = 9;

  /** Stages of PROTOCOL.md that fail for what was asked for. */
  private static final Set<String> REFUSALS = Set.of("hook", "idmap", "propagation", "part", "source", "runtime");

  private final ContainerHost host;
  private final JoinedWork<ObjectId, StartContainerResponse> work;

  public StartContainer(ContainerHost host) {
    this.host = host;
    this.work = new JoinedWork<>(host.threads(), id -> "container " + id);
  }

  /**
   * @throws CriException NOT_FOUND; FAILED_PRECONDITION if it was started before or its pod is not ready; else why it could
   *     not be started
   */
  public StartContainerResponse run(StartContainerRequest request) {
    Container container = host.store().get(request.getContainerId());
    return work.run(
        container.id(),
        request,
        () -> {
          container.exclusively("started", () -> start(container));
          return StartContainerResponse.getDefaultInstance();
        });
  }

  private void start(Container container) {
    if (container.state() != ContainerState.CREATED || container.life().removing()) {
      throw CriException.precondition(
          "Container " + container.id() + " cannot be started: it is "
              + (container.life().removing() ? "being removed" : container.state()) + ", and only a CREATED one can.");
    }
    ReadySandbox pod = host.pods().ready(container.sandbox().hex());
    host.journal()
        .keep(
            pod.name(),
            "StartContainer",
            container.label(),
            stages -> {
              start(container, pod, stages);
              return container;
            });
  }

  private void start(Container container, ReadySandbox pod, Journal.Work stages) {
    try {
      stages.enters("plugins");
      container.waitsFor("the plugins");
      host.plugins().starting(container);
      container.launching(() -> end(container, pod));
      try {
        launch(container, pod, stages);
      } finally {
        container.launching(null);
      }
      stages.enters("hooks");
      container.waitsFor("its poststart hooks");
      host.hooks().started(container.id(), container.life().pid());
      host.plugins().started(container);
    } catch (LaunchFailure e) {
      throw failed(container, exitCode(e), sentence(container, pod, e), e);
    } catch (MonitorGone | CriException e) {
      if (e instanceof CriException late && late.code() == ErrorCode.DEADLINE_EXCEEDED) {
        // Nobody would hear of it if it succeeded now.
        end(container, pod);
      }
      throw failed(container, NOT_STARTED, "Container " + container.id() + " could not be started: " + e.getMessage(), e);
    } catch (IOException e) {
      String why = "Container " + container.id() + " could not be started: its log file cannot be made: " + e.getMessage() + ".";
      throw failed(container, NOT_STARTED, why, new CriException(isFull(e) ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.FAILED_PRECONDITION, why, e));
    }
  }

  /** Else the folder that the client named is no place for a log: a file stands in its way, it is read-only, or another took it away. */
  private static boolean isFull(IOException e) {
    String reason = e instanceof FileSystemException file ? String.valueOf(file.getReason()) : "";
    return reason.contains("No space left") || reason.contains("Disk quota exceeded");
  }

  /** Has the monitor end what is being started, if there is such a thing. */
  private static void end(Container container, ReadySandbox pod) {
    try {
      pod.monitor().kill(container.id(), SIGKILL);
    } catch (LaunchFailure | MonitorGone | CriException e) {
      LOG.debug("The start of container {} was not ended: {}", container.id(), e.getMessage());
    }
  }

  private void launch(Container container, ReadySandbox pod, Journal.Work stages) throws IOException {
    stages.enters("cgroup");
    ContainerRecord record = container.record();
    container.waitsFor("its control group");
    Limits limits = Resources.limits(container.resources()).withoutUnaskedSwap();
    DeviceRules devices = deviceRules(host, container.config(), record.user());
    CgroupFacts cgroup = host.cgroups().facts(record.cgroup());
    if (!cgroup.scope()) {
      host.cgroups().create(record.cgroup(), limits, devices);
    }
    stages.enters("log file");
    Path log = record.logPath().isEmpty() ? null : Path.of(record.logPath());
    if (log != null) {
      makeLog(log);
    }
    stages.enters("launch");
    boolean runtime = host.runtimes().of(pod.runtimeHandler()).isPresent();
    int targetPid = targetPid(record);
    container.waitsFor("the monitor to start it");
    HoldListener hooks = host.hooks().starting(container.id());
    Monitor.Started started =
        pod.monitor()
            .start(
                new StartRequest(
                    container.id(),
                    Path.of(record.planFile()),
                    runtime ? PidMode.NODE : record.pidMode(),
                    runtime ? 0 : targetPid,
                    runtime ? null : cgroup.birthFolder(),
                    log,
                    flags(container)),
                held -> {
                  if (held.name().equals(CgroupFacts.SCOPE_HOLD)) {
                    stages.enters("scope");
                    container.waitsFor("systemd to make its scope");
                    host.cgroups().enclose(record.cgroup(), held.pid(), container.label(), limits, devices);
                    stages.enters("launch");
                    container.waitsFor("the monitor to start it");
                  } else {
                    stages.enters("hooks");
                    container.waitsFor("its createRuntime hooks");
                    hooks.held(held);
                    stages.enters("launch");
                    container.waitsFor("the monitor to start it");
                  }
                });
    stages.enters("record");
    host.store().live(container, life -> life.started(started.pid(), started.startTicks(), started.startedAtNs()));
  }

  /**
   * The monitor's log thread opens the file in its own time; whoever gets the answer to the start may look for it at once. What
   * is there already is never opened: a FIFO would hold the thread, and a link leads elsewhere.
   */
  private static void makeLog(Path log) throws IOException {
    Path folder = log.getParent();
    if (folder != null) {
      // kubelet makes it; other clients may not.
      Files.createDirectories(folder);
    }
    try {
      if (!Files.readAttributes(log, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isRegularFile()) {
        throw new IOException(log + " is there and is no regular file");
      }
    } catch (NoSuchFileException e) {
      Files.createFile(log, LOG_MODE);
    }
  }

  /** Asked again, since devices may have been plugged in since the container was made; what appears in /dev is in its plan. */
  static DeviceRules deviceRules(ContainerHost host, ContainerConfig config, ContainerRecord.User user) {
    boolean privileged = config.getLinux().getSecurityContext().getPrivileged();
    return GrantedDevices.of(config, privileged, host.devices())
        .plus(
            host.cdi().edits(config).nodes(),
            new ProcessUser(user.uid(), user.gid(), user.groups(), "/"),
            null,
            host.devices())
        .rules();
  }

  private int targetPid(ContainerRecord record) {
    if (record.pidMode() != PidMode.TARGET) {
      return 0;
    }
    return host.store()
        .find(record.targetId())
        .filter(target -> target.state() == ContainerState.RUNNING)
        .map(target -> target.life().pid())
        .orElseThrow(
            () -> CriException.precondition("container " + record.targetId() + ", whose PID namespace it is to share, does not run."));
  }

  private static Set<StreamFlag> flags(Container container) {
    Set<StreamFlag> flags = EnumSet.noneOf(StreamFlag.class);
    if (container.config().getStdin()) {
      flags.add(StreamFlag.STDIN);
    }
    if (container.config().getStdinOnce()) {
      flags.add(StreamFlag.STDIN_ONCE);
    }
    if (container.config().getTty()) {
      flags.add(StreamFlag.TTY);
    }
    return flags;
  }

  private CriException failed(Container container, int exitCode, String why, Exception cause) {
    String cgroup = container.record().cgroup();
    try {
      host.cgroups().killAll(cgroup, KILL_PATIENCE);
      host.runtimes().delete(container.id().hex(), OciRuntimes.SHORT_DEADLINE);
      host.cgroups().delete(cgroup);
    } catch (CriException e) {
      LOG.warn("The control group of container {}, which could not be started, stays until it is removed: {}", container.id(), e.getMessage());
    }
    host.store().live(container, life -> life.notStarted(exitCode, host.clock().now(), why));
    host.hooks().ended(container.id());
    host.plugins().ended(container);
    ErrorCode code =
        cause instanceof CriException known
            ? known.code()
            : exitCode == NOT_STARTED && !isOfTheRequest(container, cause) ? ErrorCode.INTERNAL : ErrorCode.FAILED_PRECONDITION;
    return new CriException(code, why, cause);
  }

  /** Whether it is the request, and not this program, that the node cannot do. */
  private static boolean isOfTheRequest(Container container, Exception cause) {
    return container.calledOff() || (cause instanceof LaunchFailure failure && REFUSALS.contains(failure.stage()));
  }

  private static int exitCode(LaunchFailure failure) {
    if (!failure.isExec()) {
      return NOT_STARTED;
    }
    return switch (failure.errno()) {
      case Errno.ENOENT, Errno.ENOTDIR -> NOT_FOUND;
      case Errno.EACCES -> NOT_EXECUTABLE;
      default -> NOT_STARTED;
    };
  }

  private String sentence(Container container, ReadySandbox pod, LaunchFailure failure) {
    String start = "Container " + container.id() + " could not be started: ";
    if (container.calledOff()) {
      return start + "it was to be stopped or removed before its program ran.";
    }
    if (failure.isExec() && failure.errno() == Errno.ENOENT) {
      return start + "its program '" + Printable.of(failure.what())
          + "' was not found in the container (no such file or directory); check the command and the image.";
    }
    if (failure.isExec() && failure.errno() == Errno.EACCES) {
      return start + "its program '" + Printable.of(failure.what()) + "' is not executable (permission denied); check the command and the image.";
    }
    return start
        + switch (failure.stage()) {
          case "idmap" ->
              "the file system of '" + Printable.of(failure.what()) + "' cannot show its owners mapped (" + failure.errnoName()
                  + "); use another volume, or run the pod in the host's user namespace.";
          case "propagation" ->
              "the mount that '" + Printable.of(failure.what())
                  + "' is on propagates nothing that could be shared with the container; make it shared on the host (mount --make-rshared), or use PROPAGATION_PRIVATE.";
          case "hook" -> "its " + Printable.plain(failure.what()) + ".";
          case "part" -> "the path '" + Printable.of(failure.what()) + "' is not in the image that is mounted as a volume.";
          case "runtime" ->
              host.runtimes()
                  .of(pod.runtimeHandler())
                  .map(runtime -> RuntimeFailure.sentence(runtime, RuntimeLaunch.bundle(container.record()), failure))
                  .orElseGet(() -> failure.getMessage() + ".");
          default -> failure.getMessage() + ".";
        };
  }
}
