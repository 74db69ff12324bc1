package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.ObjectId;
import io.crij.helper.testing.LeakCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The spawn process dies, and the daemon goes on: what it was doing fails, the next call has a new one. */
@NullUnmarked
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpawnIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path scratch;
  private LeakCheck leaks;
  private Spawn spawn;

  @BeforeEach
  void setUp() throws IOException {
    leaks = LeakCheck.begin(scratch.toString());
    spawn = Spawn.start(RealPod.CRIJ_POD, List.of());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    spawn.close();
    leaks.end();
  }

  @Test
  void theNextCallStartsItAgain() throws Exception {
    ProcessHandle first = spawnProcess();
    kill(first);
    ProgramRunner.Outcome outcome = run("exit 3");
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(spawnProcess().pid()).isNotEqualTo(first.pid());
  }

  @Test
  void aCallThatWaitsFailsAtOnceAndItsProgramIsNotRunAgain() throws Exception {
    Path mark = scratch.resolve("ran");
    CompletableFuture<ProgramRunner.Outcome> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run("echo ran >>" + mark + "; exec sleep 1000");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    while (!Files.exists(mark)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    ProcessHandle program = spawnProcess().children().findFirst().orElseThrow();
    kill(spawnProcess());
    assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class).hasMessageContaining("crij-pod spawn");
    assertThat(run("exit 0").exitCode()).isZero();
    assertThat(Files.readAllLines(mark)).hasSize(1);
    // Nobody is left to end it; after a true crash it runs out by itself.
    program.destroyForcibly();
  }

  @Test
  void monitorsOutliveIt() throws Exception {
    Path run = Files.createDirectory(scratch.resolve("run"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ObjectId pod = ObjectId.random();
    MonitorStarter.MonitorBirth birth = spawn.startMonitor(pod, run);
    kill(spawnProcess());
    try (MonitorSockets sockets = new MonitorSockets();
        MonitorClient monitor = sockets.connect(pod, run)) {
      assertThat(monitor.hello().monitorPid()).isEqualTo(birth.pid());
      monitor.shutdown();
    }
  }

  @Test
  void whatIsClosedStaysClosed() {
    spawn.close();
    assertThatThrownBy(() -> run("exit 0")).isInstanceOf(IOException.class).hasMessageContaining("closed");
  }

  private ProgramRunner.Outcome run(String script) throws IOException {
    return spawn.run(
        new ProgramRunner.Program(Path.of("/bin/sh"), List.of("sh", "-c", script), Map.of(), new byte[0], PATIENCE, 1000));
  }

  private static ProcessHandle spawnProcess() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().arguments().filter(arguments -> List.of(arguments).contains("spawn")).isPresent())
        .findFirst()
        .orElseThrow();
  }

  private static void kill(ProcessHandle process) throws Exception {
    assertThat(process.destroyForcibly()).isTrue();
    process.onExit().get(60, TimeUnit.SECONDS);
  }
}
