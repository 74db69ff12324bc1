package io.crij.helper;

import io.crij.core.ObjectId;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.FilesystemType;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.Namespace;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.PlanWriter;
import io.crij.helper.plan.Propagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** One pod of the real {@code crij-pod} below a scratch folder, with a root filesystem of busybox alone. */
final class RealPod implements AutoCloseable {
  static final Path CRIJ_POD = Path.of("target/crij-pod").toAbsolutePath();
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");

  final ObjectId pod = ObjectId.random();
  final Path folder;
  final Path run;
  final Path logs;
  final Spawn spawn;
  final MonitorSockets sockets = new MonitorSockets();
  final MonitorStarter.MonitorBirth birth;

  RealPod(Path scratch) throws IOException {
    folder = scratch;
    run = Files.createDirectories(scratch.resolve("run"));
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    logs = Files.createDirectories(scratch.resolve("logs"));
    Path bin = Files.createDirectories(scratch.resolve("layers/a/bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String applet : List.of("sh", "sleep", "cat", "echo", "ls", "mount", "dd", "touch", "stat", "mkdir", "seq", "grep", "test")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    spawn = Spawn.start(CRIJ_POD, List.of());
    birth = spawn.startMonitor(pod, run);
  }

  MonitorClient connect() {
    return sockets.connect(pod, run);
  }

  PodSetup setup() {
    return new PodSetup(Set.of(Namespace.IPC, Namespace.UTS), null, "the-pod", Map.of(), 1 << 20);
  }

  /** Writes a plan for {@code sh -c script}, with these operations where there are sources and where there is a root. */
  StartRequest shell(ObjectId container, boolean readonly, List<PlanOp> sources, List<PlanOp> mounts, String script)
      throws IOException {
    Path writable = Files.createDirectories(folder.resolve("c/" + container.shortHex()));
    Path upper = Files.createDirectories(writable.resolve("upper"));
    Path work = Files.createDirectories(writable.resolve("work"));
    List<PlanOp> plan = new ArrayList<>();
    plan.add(new PlanOp.Join(Set.of(Namespace.IPC, Namespace.UTS)));
    plan.add(
        new PlanOp.Overlay(
            0, folder.resolve("layers").toString(), List.of("a"), upper.toString(), work.toString(), true));
    plan.addAll(sources);
    plan.add(new PlanOp.Enter(true));
    plan.add(new PlanOp.Root(0, Set.of(), Propagation.SLAVE));
    plan.add(
        new PlanOp.Filesystem(
            FilesystemType.PROC,
            "/proc",
            Set.of(MountAttr.NOSUID, MountAttr.NODEV, MountAttr.NOEXEC),
            List.of(),
            Propagation.PRIVATE));
    plan.add(
        new PlanOp.Filesystem(
            FilesystemType.TMPFS, "/dev", Set.of(MountAttr.NOSUID), List.of("mode=755"), Propagation.PRIVATE));
    plan.add(new PlanOp.Device("/dev/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0));
    plan.add(new PlanOp.Device("/dev/zero", DeviceType.CHARACTER, 1, 5, 0666, 0, 0));
    plan.addAll(mounts);
    plan.add(new PlanOp.Pivot(readonly));
    plan.add(new PlanOp.Cwd("/"));
    plan.add(new PlanOp.Ids(0, 0, List.of()));
    plan.add(new PlanOp.Caps(0, 0, 0, 0, 0));
    plan.add(new PlanOp.NoNewPrivs());
    plan.add(new PlanOp.Env("PATH", "/bin"));
    plan.add(new PlanOp.Env("GREETING", "hello"));
    plan.add(new PlanOp.Arg("sh"));
    plan.add(new PlanOp.Arg("-c"));
    plan.add(new PlanOp.Arg(script));
    Path file = run.resolve("plan-" + container.shortHex());
    PlanWriter.write(new LaunchPlan(plan), file);
    return new StartRequest(container, file, PidMode.OWN, 0, null, log(container), Set.of());
  }

  StartRequest shell(ObjectId container, String script) throws IOException {
    return shell(container, false, List.of(), List.of(), script);
  }

  Path log(ObjectId container) {
    return logs.resolve(container.shortHex() + ".log");
  }

  /** True if the process that was this pid at the monitor's birth still is there. */
  boolean monitorLives() {
    return ProcessHandle.of(birth.pid()).map(ProcessHandle::isAlive).orElse(false);
  }

  @Override
  public void close() throws IOException {
    try (MonitorClient monitor = connect()) {
      monitor.shutdown();
    } catch (MonitorGone e) {
      // The test ended it; whether anything is left of it, the leak check sees.
    } finally {
      sockets.close();
      spawn.close();
    }
    try (Stream<Path> left = Files.list(run)) {
      List<Path> sockets = left.filter(path -> path.endsWith("sock")).toList();
      if (!sockets.isEmpty()) {
        throw new AssertionError("left behind: " + sockets);
      }
    }
  }
}
