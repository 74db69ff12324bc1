package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.core.RecordFile;
import io.crij.core.RecordFile.Durability;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.StopPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoverSandboxesTest {
  @TempDir Path scratch;
  private FakeNode node;

  @BeforeEach
  void start() throws IOException {
    node = new FakeNode(scratch);
  }

  @AfterEach
  void end() {
    node.close();
  }

  private ObjectId run(String name) {
    return new ObjectId(new RunPodSandbox(node.host, node).run(Pods.request(name)).getPodSandboxId());
  }

  private RecoverSandboxes recover() {
    node.restart();
    RecoverSandboxes recovery = new RecoverSandboxes(node.host, node);
    recovery.run();
    return recovery;
  }

  private PodSandboxStatusResponse status(ObjectId id) {
    return new PodSandboxStatus(node.host, node).run(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id.hex()).build());
  }

  /** Puts a record on disk as a daemon would have that was killed in this state. */
  private void rewrite(ObjectId id, SandboxState state) throws IOException {
    RecordFile.write(
        node.folders.record(id), SandboxRecord.FORMAT, SandboxRecord.VERSION,
        node.store.get(id.hex()).record().withState(state), Durability.PROCESS_CRASH);
  }

  @Test
  void aPodThatLivesIsTheSameAfterwards() {
    ObjectId id = run("web");
    PodSandboxStatusResponse before = status(id);
    RecoverSandboxes recovery = recover();
    assertThat(status(id).toBuilder().setTimestamp(before.getTimestamp()).build()).isEqualTo(before);
    assertThat(node.events).containsExactly("connect");
    assertThat(node.listeners).isEmpty();
    recovery.resume().join();
    assertThat(node.listeners).containsKey(id);
    assertThat(new Sandboxes(node.store, node.folders).ready(id).hostname()).isEqualTo("host-web");
    assertThatThrownBy(() -> run("web")).hasMessageContaining(id.hex());
  }

  @Test
  void aPodWhoseMonitorIsGoneIsNotReadyAndItsContainersAreTold() {
    ObjectId id = run("web");
    node.kill(id);
    RecoverSandboxes recovery = recover();
    assertThat(status(id).getStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    recovery.resume().join();
    assertThat(node.events).contains("podDied", "gc 1");
  }

  @Test
  void afterARebootEveryPodIsNotReadyAndStopGivesTheNetworkBack() throws IOException {
    ObjectId id = run("web");
    LiveRecord live = java.util.Objects.requireNonNull(node.store.get(id.hex()).live());
    RecordFile.write(
        node.folders.live(id), LiveRecord.FORMAT, LiveRecord.VERSION,
        new LiveRecord(live.id(), live.monitorPid(), live.monitorStartTicks(), "another-boot"), Durability.PROCESS_CRASH);
    recover().resume().join();
    assertThat(status(id).getStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThat(status(id).getStatus().getNetwork().getIp()).isEmpty();
    assertThat(node.connected).containsExactly(id);
    new StopPodSandbox(node.host, node).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(id.hex()).build());
    assertThat(node.connected).isEmpty();
  }

  @Test
  void aPodInTheMakingIsRolledBackAndItsNameIsFreeAtOnce() throws IOException {
    ObjectId id = run("web");
    rewrite(id, SandboxState.CREATING);
    RecoverSandboxes recovery = recover();
    assertThat(node.store.visible()).isEmpty();
    ObjectId next = run("web");
    recovery.resume().join();
    assertThat(node.store.all()).singleElement().extracting(Sandbox::id).isEqualTo(next);
    assertThat(node.leftovers().keySet()).noneMatch(path -> path.contains(id.shortHex()));
  }

  @Test
  void aMonitorThatWasBornButNotWrittenDownIsEnded() throws IOException {
    ObjectId id = run("web");
    rewrite(id, SandboxState.CREATING);
    Files.delete(node.folders.live(id));
    recover().resume().join();
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void aRemovalThatBeganIsFinished() throws IOException {
    ObjectId id = run("web");
    rewrite(id, SandboxState.REMOVING);
    recover().resume().join();
    assertThat(node.events).contains("removeAll");
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void aTornRecordCostsItsOwnPodOnly() throws IOException {
    ObjectId torn = run("torn");
    ObjectId whole = run("whole");
    Path file = node.folders.record(torn);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    recover().resume().join();
    assertThat(node.store.visible()).singleElement().extracting(Sandbox::id).isEqualTo(whole);
    assertThat(node.folders.quarantine()).isDirectoryContaining(path -> path.toString().endsWith(".why"));
    java.util.Objects.requireNonNull(node.processes.get(torn)).onExit().join();
    assertThat(node.leftovers().keySet()).noneMatch(left -> left.contains(torn.shortHex()) && !left.contains("quarantine") && !left.startsWith("network"));
  }

  @Test
  void whatATornRecordAndATornRunFolderLeaveIsEndedAllTheSame() throws IOException {
    ObjectId torn = run("torn");
    Files.writeString(node.folders.record(torn), "");
    Files.writeString(node.folders.live(torn), "{");
    recover().resume().join();
    java.util.Objects.requireNonNull(node.processes.get(torn)).onExit().join();
    assertThat(node.leftovers().keySet()).noneMatch(left -> left.contains(torn.shortHex()) && !left.contains("quarantine") && !left.startsWith("network"));
  }

  @Test
  void aPodIsNotLostForATornRecordOfItsMonitor() throws IOException {
    ObjectId id = run("web");
    Files.writeString(node.folders.live(id), "{");
    recover().resume().join();
    assertThat(status(id).getStatus().getState()).isEqualTo(io.crij.cri.PodSandboxState.SANDBOX_READY);
  }

  @Test
  void aFolderOfNobodyDoesNotKeepTheDaemonFromStarting() throws IOException {
    Files.writeString(Files.createDirectory(node.folders.pods().resolve("0123456789ab")).resolve("live.json"), "?");
    Files.writeString(node.folders.pods().resolve("a file"), "?");
    recover().resume().join();
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void timesOfCreationGoOnFromTheHighest() {
    ObjectId first = run("a");
    recover();
    ObjectId second = run("b");
    assertThat(status(second).getStatus().getCreatedAt()).isGreaterThan(status(first).getStatus().getCreatedAt());
  }

  @Test
  void aRunFolderThatIsTooLongIsRefused() {
    Folders folders = new Folders(scratch, Path.of("/" + "r".repeat(90)), scratch);
    assertThatThrownBy(folders::check).isInstanceOf(CriException.class).hasMessageContaining("107");
    new Folders(scratch, Path.of("/run/crij"), scratch).check();
  }
}
