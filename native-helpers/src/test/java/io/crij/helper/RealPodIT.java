package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import io.crij.helper.plan.TargetKind;
import io.crij.helper.syscall.Errno;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Drives the real {@code crij-pod} with busybox in a container. */
@NullUnmarked
class RealPodIT extends PodIT {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z";
  private static final int LOG_PART_BYTES = 16 << 10;

  private final MonitorContract.Exits exits = new MonitorContract.Exits();

  @BeforeEach
  void setUp() throws IOException {
    monitor.watch(exits);
  }

  @Test
  void outputIsLoggedInTheFormOfTheCriAndTheExitIsRecorded() throws Exception {
    String script = "echo $GREETING; echo oops >&2; dd if=/dev/zero bs=20000 count=1 2>/dev/null; exit 7";
    monitor.start(pod.shell(container, script));
    MonitorContract.Exit exit = exits.next();
    assertThat(exit.code()).isEqualTo(7);
    assertThat(Files.readString(pod.run.resolve("exit-" + container)))
        .isEqualTo("7 " + exit.finishedAtNs() + "\n");
    List<String> lines = Files.readAllLines(pod.log(container));
    assertThat(lines).anyMatch(line -> line.matches(TIME + " stdout F hello"));
    assertThat(lines).anyMatch(line -> line.matches(TIME + " stderr F oops"));
    String zeros = "\0".repeat(LOG_PART_BYTES);
    assertThat(lines).anyMatch(line -> line.contains(" stdout P ") && line.endsWith(zeros));
  }

  @Test
  void aProgramThatIsMissingIsNamed() throws Exception {
    StartRequest request = pod.shell(container, "sleep 100");
    monitor.start(request);
    assertThatThrownBy(() -> monitor.exec(MonitorContract.execOf(request, 100, "no-such-program")))
        .isInstanceOfSatisfying(
            LaunchFailure.class,
            e -> {
              assertThat(e.isExec()).isTrue();
              assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            });
  }

  @Test
  void anExecAnswersWithItsOutputAndItsCode() throws Exception {
    StartRequest request = pod.shell(container, "exec sleep 1000");
    monitor.start(request);
    long megabytes = 3 << 20;
    Output output = new Output();
    try (ExecSession exec =
        monitor.exec(
            MonitorContract.execOf(
                request, megabytes, "sh", "-c", "echo $GREETING >&2; dd if=/dev/zero bs=1048576 count=2; exit 3"))) {
      assertThat(exec.drainTo(output, Duration.ofSeconds(30))).isEqualTo(3);
    }
    assertThat(output.stdout.size()).isEqualTo(2 << 20);
    assertThat(output.stderr.toString(StandardCharsets.UTF_8)).startsWith("hello\n");
  }

  @Test
  void anExecWhoseConnectionIsClosedIsKilled() throws Exception {
    StartRequest request = pod.shell(container, "exec sleep 1000");
    monitor.start(request);
    ExecSession exec = monitor.exec(MonitorContract.execOf(request, 100, "sleep", "1000"));
    ProcessHandle process = ProcessHandle.of(exec.pid()).orElseThrow();
    assertThat(process.isAlive()).isTrue();
    exec.close();
    process.onExit().get(60, TimeUnit.SECONDS);
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void aReopenedLogIsANewFile() throws Exception {
    monitor.start(pod.shell(container, "while true; do echo tick; sleep 0.05; done"));
    Path log = pod.log(container);
    Path rotated = log.resolveSibling("rotated");
    while (!Files.exists(log)) { // made by a thread of its own
      Thread.onSpinWait();
    }
    Files.move(log, rotated);
    monitor.reopenLog(container);
    long size = Files.size(rotated);
    assertThat(log).exists();
    monitor.kill(container, 9);
    exits.next();
    assertThat(Files.size(rotated)).isEqualTo(size);
  }

  @Test
  void aReadOnlyRootAndMaskedAndReadOnlyPathsHold() throws Exception {
    List<PlanOp> mounts = List.of(new PlanOp.Mask("/proc/keys"), new PlanOp.Mask("/proc/fs"), new PlanOp.Readonly("/proc/sys"));
    String script =
        "touch /x 2>/dev/null && exit 1; cat /proc/keys | grep -q . && exit 2; "
            + "echo 1 2>/dev/null >/proc/sys/kernel/sysrq && exit 3; test -n \"$(ls /proc/fs)\" && exit 4; exit 0";
    monitor.start(pod.shell(container, true, List.of(), mounts, script));
    assertThat(exits.next().code()).isZero();
  }

  @Test
  void aSymbolicLinkCannotLeadAMountOutOfTheRoot() throws Exception {
    Path outside = Files.createDirectories(scratch.resolve("outside"));
    Path source = Files.createDirectories(scratch.resolve("source"));
    Files.writeString(source.resolve("seen"), "x");
    Files.createSymbolicLink(scratch.resolve("layers/a/escape"), Path.of("../../../../../.." + outside));
    StartRequest request =
        pod.shell(
            container,
            false,
            List.of(new PlanOp.Source(1, source.toString(), false, SourceNeeds.ANYTHING)),
            List.of(new PlanOp.Mount(1, "/escape/in", Set.of(MountAttr.RDONLY), false, Propagation.PRIVATE, TargetKind.FOLDER)),
            "cat " + outside + "/in/seen");
    monitor.start(request);
    assertThat(exits.next().code()).isZero();
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aMountOfTheHostAppearsInASlaveBind() throws Exception {
    Path shared = Files.createDirectories(scratch.resolve("shared"));
    host("mount", "-t", "tmpfs", "none", shared.toString());
    try {
      host("mount", "--make-shared", shared.toString());
      Path sub = Files.createDirectories(shared.resolve("sub"));
      StartRequest request =
          pod.shell(
              container,
              false,
              List.of(new PlanOp.Source(1, shared.toString(), true, SourceNeeds.SHARED_OR_SLAVE)),
              List.of(new PlanOp.Mount(1, "/s", Set.of(), false, Propagation.SLAVE, TargetKind.FOLDER)),
              "exec sleep 1000");
      monitor.start(request);
      host("mount", "-t", "tmpfs", "none", sub.toString());
      Files.writeString(sub.resolve("late"), "x");
      try (ExecSession exec = monitor.exec(MonitorContract.execOf(request, 100, "cat", "/s/sub/late"))) {
        assertThat(exec.drainTo(new Output(), Duration.ofSeconds(20))).isZero();
      }
    } finally {
      monitor.shutdown();
      host("umount", "-R", shared.toString());
    }
  }

  @Test
  void aMonitorIsAdoptedByTheNextDaemon() throws Exception {
    Monitor.Started started = monitor.start(pod.shell(container, "exec sleep 1000"));
    monitor.close();
    pod.spawn.close();
    assertThat(pod.monitorLives()).isTrue();
    try (MonitorClient next = pod.connect()) {
      assertThat(next.hello().setUp()).isTrue();
      assertThat(next.hello().monitorPid()).isEqualTo(pod.birth.pid());
      assertThat(next.status()).singleElement().matches(state -> state.pid() == started.pid());
    }
  }

  @Test
  void aMonitorThatIsKilledIsTold() throws Exception {
    assertThat(ProcessHandle.of(pod.birth.pid()).orElseThrow().destroyForcibly()).isTrue();
    assertThat(exits.nextGone()).isEqualTo(pod.pod);
    Files.deleteIfExists(pod.run.resolve("sock"));
  }

  @Test
  void programsAndForeignPathsGoThroughTheSpawnProcess() throws Exception {
    ProgramRunner.Program program =
        new ProgramRunner.Program(
            Path.of("/usr/bin/busybox"),
            List.of("sh", "-c", "cat; echo $A >&2; exit 5"),
            Map.of("A", "b"),
            "in".getBytes(StandardCharsets.UTF_8),
            Duration.ofSeconds(20),
            1000);
    ProgramRunner.Outcome outcome = pod.spawn.run(program);
    assertThat(outcome.exitCode()).isEqualTo(5);
    assertThat(outcome.stdout()).asString().isEqualTo("in");
    assertThat(outcome.stderr()).asString().isEqualTo("b\n");
    Path made = scratch.resolve("x/y/z");
    assertThat(pod.spawn.mkdirs(made.toString(), Duration.ofSeconds(5)).isFolder()).isTrue();
    assertThat(made).isDirectory();
    assertThatThrownBy(() -> pod.spawn.stat(made + "/none", Duration.ofSeconds(5)))
        .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  private static void host(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).as(String.join(" ", command)).isZero();
  }

  private static final class Output implements ExecSession.OutputSink {
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();

    @Override
    public void stdout(byte[] chunk) {
      stdout.writeBytes(chunk);
    }

    @Override
    public void stderr(byte[] chunk) {
      stderr.writeBytes(chunk);
    }
  }
}
