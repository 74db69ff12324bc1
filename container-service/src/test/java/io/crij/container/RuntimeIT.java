package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.container.oci.OciRuntime;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerState;
import io.crij.cri.NamespaceMode;
import io.crij.cri.RemoveContainerRequest;
import io.crij.cri.StopContainerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Containers of a handler whose runtime is a script that does not do what it should. */
@Timeout(360)
class RuntimeIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private Path notes;
  private Path program;
  private RealPod pod;

  @BeforeEach
  void makePod() throws Exception {
    Path folder = Files.createTempDirectory("crij-it");
    notes = Files.createDirectory(folder.resolve("notes"));
    program = folder.resolve("scripted");
    pod = new RealPod(folder, NamespaceMode.CONTAINER, null, List.of(new OciRuntime("scripted", program, folder.resolve("oci/scripted"), false, List.of())));
  }

  @AfterEach
  void end() throws Exception {
    pod.removeAll();
    pod.close();
  }

  /** $notes, $state (of the container) and $id are set for the scripts; without the state's folder there is nothing to delete. */
  private void runtime(String create, String delete) throws Exception {
    String script =
        "#!/bin/sh\nnotes=" + notes + "\nfor id in \"$@\"; do :; done\nstate=" + pod.folder.resolve("oci/scripted") + "/$id\n"
            + "case \" $* \" in\n*' create '*) " + create + " ;;\n*' delete '*) " + delete + " ;;\nesac\n";
    Files.writeString(program, script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private String create() {
    return pod.create(c -> c.addAllCommand(List.of("sleep", "1000")));
  }

  private static CompletableFuture<Throwable> inBackground(Runnable work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            work.run();
            return new AssertionError("it succeeded");
          } catch (CriException e) {
            return e;
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  private int noted(String name) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (!Files.exists(notes.resolve(name))) {
      assertThat(System.nanoTime()).as("the runtime was called").isLessThan(end);
      Thread.sleep(10);
    }
    return Integer.parseInt(Files.readString(notes.resolve(name)).strip());
  }

  /** A moment is for whoever has to reap it. */
  private static void assertGone(int pid) throws Exception {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isPresent()) {
      process.get().onExit().get(SOON.toNanos(), TimeUnit.NANOSECONDS);
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  private static final String HANGS = "mkdir -p $state; setsid sleep 1000 & echo $! > $notes/new; mv $notes/new $notes/left; sleep 1000";

  private void endsSoon(String id, Runnable stop) throws Exception {
    CompletableFuture<Throwable> start = inBackground(() -> pod.start(id));
    int left = noted("left");
    long begun = System.nanoTime();
    stop.run();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SOON);
    assertThat(start.get(60, TimeUnit.SECONDS)).hasMessageContaining("to be stopped or removed before its program ran");
    assertGone(left);
    assertThat(pod.folder.resolve("oci/scripted")).isEmptyDirectory();
  }

  private void stop(String id) {
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(300).build());
  }

  @Test
  void aStartThatHangsIsEndedByAStop() throws Exception {
    runtime(HANGS, "rm -rf $state; touch $notes/deleted");
    String id = create();
    endsSoon(id, () -> stop(id));
    assertThat(pod.status(id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(pod.status(id).getReason()).isEqualTo("StartError");
    assertThat(notes.resolve("deleted")).exists();
  }

  @Test
  void soItIsByARemovalAndByTheEndOfThePod() throws Exception {
    runtime(HANGS, "rm -rf $state");
    String id = create();
    endsSoon(id, () -> new RemoveContainer(pod.host).run(RemoveContainerRequest.newBuilder().setContainerId(id).build()));
    Files.delete(notes.resolve("left"));
    String other = create();
    endsSoon(
        other,
        () -> {
          pod.refuse();
          pod.stopAll();
        });
  }

  /** Nor does it matter whether the runtime can undo anything. */
  @Test
  void soItIsWhenEveryCommandHangs() throws Exception {
    runtime(HANGS, "sleep 1000");
    String id = create();
    CompletableFuture<Throwable> start = inBackground(() -> pod.start(id));
    int left = noted("left");
    long begun = System.nanoTime();
    stop(id);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(100));
    assertThat(start.get(60, TimeUnit.SECONDS)).hasMessageContaining("to be stopped or removed");
    assertGone(left);
    assertThat(pod.folder.resolve("oci/scripted")).isEmptyDirectory();
  }

  private void refused(String... words) {
    String id = create();
    assertThatThrownBy(() -> pod.start(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContainingAll(words);
  }

  @Test
  void oneThatLogsNothingIsToldByItsCodeAndItsLastLine() throws Exception {
    runtime("echo first >&2; echo no such option >&2; exit 3", "exit 1");
    refused("handler 'scripted' failed: create failed (exit code 3): no such option", program + " --version", "[runtimes.scripted]");
    runtime("exit 4", "exit 1");
    refused("create failed (exit code 4); try");
    Files.delete(program);
    refused("create was not found or failed (exit code 127); try");
  }

  @Test
  void whatAHandlerKnewThatIsConfiguredNoMoreGoesWithItsContainer() throws Exception {
    runtime("mkdir -p $state; exit 3", "exit 0");
    String id = create();
    Path state = pod.folder.resolve("oci/scripted").resolve(id);
    Files.createDirectories(state);
    pod.nextHost(List.of()).runtimes().forgetUnconfigured(List.of(id));
    assertThat(state).exists();
    ContainerHost next = pod.nextHost(List.of());
    RemoveContainer removal = new RemoveContainer(next);
    new RecoverContainers(next, removal).run();
    assertThat(state).exists();
    removal.run(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    assertThat(state).doesNotExist();
    pod.nextHost(List.of()).runtimes().forgetUnconfigured(List.of());
    assertThat(pod.folder.resolve("oci")).isEmptyDirectory();
    pod.host.store().forget(pod.host.store().get(id));
    pod.images.release(new io.crij.core.ObjectId(id));
  }
}
