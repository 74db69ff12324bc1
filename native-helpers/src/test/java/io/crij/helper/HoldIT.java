package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.ObjectId;
import io.crij.helper.plan.PlanOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** A container's process that stands still in its plan until the daemon has done its part. */
@NullUnmarked
class HoldIT extends PodIT {
  @Test
  void theListenerSeesTheProcessAtEachHoldBeforeItGoesOn() throws Exception {
    List<HoldListener.Held> seen = new ArrayList<>();
    List<String> roots = new ArrayList<>();
    Monitor.Started started =
        monitor.start(
            held("exec sleep 1000", 60_000),
            held -> {
              seen.add(held);
              roots.add(mountNamespace(held.pid()));
              assertThat(monitor.status()).as("the monitor serves others meanwhile").isEmpty();
            });
    assertThat(seen)
        .containsExactly(
            new HoldListener.Held(container, started.pid(), "cgroup"), new HoldListener.Held(container, started.pid(), "createRuntime"));
    assertThat(roots).doesNotHaveDuplicates();
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void whatTheListenerThrowsEndsTheStart() throws Exception {
    IllegalStateException reason = new IllegalStateException("no scope");
    assertThatThrownBy(
            () ->
                monitor.start(
                    held("true", 60_000),
                    held -> {
                      throw reason;
                    }))
        .isSameAs(reason)
        .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(LaunchFailure.class));
    assertThatThrownBy(() -> monitor.start(held("true", 60_000)))
        .as("a start by who knows nothing of holds")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aHoldHasItsPatience() throws Exception {
    StartRequest request = held("true", 300);
    assertThatThrownBy(() -> monitor.start(request, held -> waitForEnd(held.pid())))
        .isInstanceOfSatisfying(
            LaunchFailure.class,
            e -> {
              assertThat(e.stage()).isEqualTo("hold");
              assertThat(e.errnoName()).isEqualTo("ETIMEDOUT");
              assertThat(e.what()).isEqualTo("cgroup");
            });
  }

  @Test
  void aKillEndsAHeldStart() throws Exception {
    StartRequest request = held("true", 60_000);
    assertThatThrownBy(() -> monitor.start(request, held -> monitor.kill(container, 15)))
        .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errnoName()).isEqualTo("ECANCELED"));
  }

  @Test
  void aDaemonThatDiesLeavesNoHeldProcess() throws Exception {
    StartRequest request = held("true", 60_000);
    MonitorClient dying = pod.connect();
    assertThatThrownBy(
            () ->
                dying.start(
                    request,
                    held -> {
                      dying.close();
                      waitForEnd(held.pid());
                    }))
        .isInstanceOf(MonitorGone.class);
    assertThat(monitor.status()).isEmpty();
    assertThat(monitor.start(held("true", 60_000), held -> {}).pid()).isPositive();
  }

  private StartRequest held(String script, int patienceMs) throws IOException {
    container = ObjectId.random(); // a volatile overlay is mounted once
    return pod.shell(
        container,
        false,
        List.of(new PlanOp.Hold("cgroup", patienceMs)),
        List.of(new PlanOp.Hold("createRuntime", patienceMs)),
        script);
  }

  private static String mountNamespace(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/mnt")).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void waitForEnd(int pid) {
    ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
  }
}
