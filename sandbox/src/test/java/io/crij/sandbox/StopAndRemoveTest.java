package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.StopPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StopAndRemoveTest {
  @TempDir Path scratch;
  private FakeNode node;
  private RunPodSandbox runs;

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(scratch);
    runs = new RunPodSandbox(node.host, node);
  }

  @AfterEach
  void end() {
    node.close();
  }

  private ObjectId run(String name) {
    return new ObjectId(runs.run(Pods.request(name)).getPodSandboxId());
  }

  private void stop(String id) {
    new StopPodSandbox(node.host, node).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  private void remove(String id) {
    new RemovePodSandbox(node.host, node).run(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  private PodSandboxState state(ObjectId id) {
    return new PodSandboxStatus(node.host, node)
        .run(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id.hex()).build())
        .getStatus()
        .getState();
  }

  @Test
  void stopEndsContainersThenNetworkThenMonitor() {
    ObjectId id = run("web");
    node.events.clear();
    stop(id.hex());
    assertThat(node.events).containsExactly("stopAll", "network-remove", "shutdown");
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThatThrownBy(() -> new Sandboxes(node.store, node.folders).ready(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION));
  }

  @Test
  void stopAgainDoesNothingAgain() {
    ObjectId id = run("web");
    stop(id.hex());
    node.events.clear();
    stop(id.hex());
    assertThat(node.events).containsExactly("stopAll");
  }

  @Test
  void unknownIdsAreFine() {
    assertThatCode(() -> stop("feed")).doesNotThrowAnyException();
    assertThatCode(() -> stop("")).doesNotThrowAnyException();
    assertThatCode(() -> remove(ObjectId.random().hex())).doesNotThrowAnyException();
    assertThatCode(() -> remove("../x")).doesNotThrowAnyException();
  }

  @Test
  void networkThatCannotBeTornDownIsAnErrorAndTriedAgain() throws IOException {
    ObjectId id = run("web");
    node.failing.add("network-remove");
    assertThatThrownBy(() -> stop(id.hex())).isInstanceOf(CriException.class).hasMessageContaining("network-remove failed as told");
    assertThat(node.events).doesNotContain("shutdown");
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThat(node.store.get(id.hex()).record().pending()).singleElement().extracting(PendingCleanup::what).isEqualTo("network");

    assertThatThrownBy(() -> remove(id.hex())).isInstanceOf(CriException.class);
    assertThat(node.store.visible()).hasSize(1);

    node.failing.clear();
    remove(id.hex());
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void containersThatCannotBeStoppedKeepTheNetwork() {
    ObjectId id = run("web");
    node.failing.add("stopAll");
    assertThatThrownBy(() -> stop(id.hex())).hasMessageContaining("stopAll failed");
    assertThat(node.connected).contains(id);
    node.failing.clear();
    stop(id.hex());
    assertThat(node.connected).isEmpty();
  }

  /** A folder in its place is what no record can be written over, as on a full disk. */
  @Test
  void aPodEndsAndGoesWhereNothingCanBeWrittenDown() throws IOException {
    ObjectId id = run("web");
    Path record = node.folders.record(id);
    Files.delete(record);
    Files.createDirectory(record);
    stop(id.hex());
    assertThat(node.connected).isEmpty();
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    remove(id.hex());
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void aMonitorThatDoesNotAnswerIsKilled() throws IOException {
    ObjectId id = run("web");
    node.failing.add("shutdown");
    stop(id.hex());
    node.failing.clear();
    java.util.Objects.requireNonNull(node.processes.get(id)).onExit().join();
    remove(id.hex());
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void removeOfARunningPodLeavesNothingAndFreesTheName() throws IOException {
    ObjectId id = run("web");
    node.events.clear();
    remove(id.hex().substring(0, 13));
    assertThat(node.events).containsExactly("stopAll", "removeAll", "network-remove", "shutdown");
    assertThat(node.leftovers()).isEmpty();
    assertThatThrownBy(() -> state(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    remove(id.hex());
    assertThat(run("web")).isNotEqualTo(id);
  }

  @Test
  void aMonitorThatDiesTakesThePodAlong() throws IOException {
    ObjectId id = run("web");
    node.events.clear();
    node.monitorDies(id);
    while (!node.events.contains("podDied")) {
      Thread.onSpinWait();
    }
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    stop(id.hex());
    remove(id.hex());
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void aConnectionThatBreaksIsMadeAnew() throws IOException {
    ObjectId id = run("web");
    node.events.clear();
    var before = java.util.Objects.requireNonNull(node.listeners.get(id));
    before.monitorGone(id);
    while (node.listeners.get(id) == before) {
      Thread.onSpinWait();
    }
    assertThat(node.events).containsExactly("connect");
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(new Sandboxes(node.store, node.folders).ready(id).id()).isEqualTo(id);
  }

  @Test
  void exitsReachTheContainers() {
    ObjectId id = run("web");
    java.util.Objects.requireNonNull(node.listeners.get(id)).exited(7, ObjectId.random(), 137, 1);
    assertThat(node.events).contains("exited 7 137");
  }
}
