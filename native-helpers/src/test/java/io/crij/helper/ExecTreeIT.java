package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.testing.LeakCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All that an exec forked is killed with it, also what left its session, in whichever hierarchies the node has. */
@NullUnmarked
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExecTreeIT {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String[] TREE = {"sh", "-c", "busybox setsid sleep 1000 & sh -c 'sleep 1000 & echo up; sleep 1000'"};
  private static final Duration SHORT = Duration.ofMillis(700);

  /** The container's cgroup, as the two kinds of hierarchy have it; one of the two is null. */
  private record Folder(Path v2, Path v1) {
    Path path() {
      return v2 != null ? v2 : v1;
    }
  }

  @TempDir Path scratch;
  private final ObjectId container = ObjectId.random();
  private final List<Folder> folders = new ArrayList<>();
  private LeakCheck leaks;
  private RealPod pod;
  private MonitorClient monitor;
  private StartRequest start;

  @BeforeEach
  void setUp() throws IOException {
    leaks = LeakCheck.begin(scratch.toString());
    pod = new RealPod(scratch);
    monitor = pod.connect();
    monitor.setUp(pod.setup());
    start = pod.shell(container, "exec sleep 1000");
    monitor.start(start);
    String name = "crij-it-" + container.shortHex();
    boolean onlyV2 = Files.exists(ROOT.resolve("cgroup.controllers"));
    folders.add(new Folder(Files.createDirectory((onlyV2 ? ROOT : ROOT.resolve("unified")).resolve(name)), null));
    if (!onlyV2) {
      folders.add(new Folder(null, Files.createDirectory(ROOT.resolve("freezer").resolve(name))));
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    monitor.close();
    pod.close();
    for (Folder folder : folders) {
      Files.delete(folder.path());
    }
    leaks.end();
  }

  @Test
  void aProgramThatDoesNotEndInTimeIsKilledWithAllThatItForked() throws Exception {
    for (Folder folder : folders) {
      ExecRequest request =
          new ExecRequest(
              container, start.plan(), List.of(TREE), Set.of(), folder.v2(), folder.v1(), Map.of(), 1000, Duration.ofMillis(100));
      ExecSession exec = monitor.exec(request);
      awaitProcesses(folder, 3);
      assertThatThrownBy(() -> exec.drainTo(new Nowhere(), SHORT))
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
      exec.close();
      awaitEmpty(folder);
    }
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void aClientThatLeavesTakesAllWithIt() throws Exception {
    for (Folder folder : folders) {
      StreamedExec request =
          new StreamedExec(
              container,
              start.plan(),
              List.of(TREE),
              EnumSet.allOf(StandardStream.class),
              false,
              folder.v2(),
              folder.v1(),
              Map.of(),
              Duration.ofMillis(100));
      ProcessStreams exec = monitor.exec(request);
      assertThat(exec.stdout().read(ByteBuffer.allocate(100))).isPositive();
      awaitProcesses(folder, 3);
      exec.close();
      awaitEmpty(folder);
    }
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void whatAProgramThatEndedLeftInTheBackgroundLivesOnUntilItEndsItself() throws Exception {
    for (Folder folder : folders) {
      try (ExecSession exec = monitor.exec(leavingOneBehind(folder, 2))) {
        assertThat(exec.drainTo(new Nowhere(), Duration.ofSeconds(60))).isEqualTo(2);
      }
      awaitProcesses(folder, 1);
      long survivor = Long.parseLong(Files.readAllLines(execs(folder).getFirst().resolve("cgroup.procs")).getFirst());
      assertThat(ProcessHandle.of(survivor).orElseThrow().destroyForcibly()).isTrue();
      awaitEmpty(folder);
    }
  }

  @Test
  void whatIsLeftInTheBackgroundEndsWithThePod() throws Exception {
    for (Folder folder : folders) {
      try (ExecSession exec = monitor.exec(leavingOneBehind(folder, 0))) {
        assertThat(exec.drainTo(new Nowhere(), Duration.ofSeconds(60))).isZero();
      }
      awaitProcesses(folder, 1);
    }
    long begin = System.nanoTime();
    monitor.shutdown();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
    for (Folder folder : folders) {
      assertThat(execs(folder)).isEmpty();
    }
  }

  /** A program that ends and leaves a process of another session in the background. */
  private ExecRequest leavingOneBehind(Folder folder, int code) {
    return new ExecRequest(
        container,
        start.plan(),
        List.of("sh", "-c", "busybox setsid sleep 1000 & exit " + code),
        Set.of(),
        folder.v2(),
        folder.v1(),
        Map.of(),
        1000,
        Duration.ofMillis(100));
  }

  private static void awaitProcesses(Folder folder, int atLeast) throws IOException {
    await(() -> processes(folder) >= atLeast);
    assertThat(processes(folder)).isGreaterThanOrEqualTo(atLeast);
  }

  /** Killed, reaped, and the exec's own folder removed. */
  private static void awaitEmpty(Folder folder) throws IOException {
    await(() -> execs(folder).isEmpty());
    assertThat(execs(folder)).isEmpty();
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private static List<Path> execs(Folder folder) throws IOException {
    try (Stream<Path> found = Files.list(folder.path())) {
      return found.filter(path -> path.getFileName().toString().startsWith("exec-")).toList();
    }
  }

  private static long processes(Folder folder) throws IOException {
    long count = 0;
    for (Path exec : execs(folder)) {
      count += Files.readAllLines(exec.resolve("cgroup.procs")).size();
    }
    return count;
  }

  private static final class Nowhere implements ExecSession.OutputSink {
    @Override
    public void stdout(byte[] chunk) {}

    @Override
    public void stderr(byte[] chunk) {}
  }
}
