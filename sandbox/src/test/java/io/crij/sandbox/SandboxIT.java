package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.RemovePodSandboxRequest;
import io.crij.cri.StopPodSandboxRequest;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorSockets;
import io.crij.helper.Spawn;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.netns.NetworkRequest;
import io.crij.netns.NetworkResult;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetns;
import io.crij.netns.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pods with real monitors, namespaces and cgroups. Needs root. The network is one that needs no plugin: netns tests those. */
class SandboxIT {
  private final Cgroups cgroups = Cgroups.detect();
  private final String cgroupRoot = "/crij-sandbox-it-" + ProcessHandle.current().pid();
  private final CompletableFuture<ObjectId> dead = new CompletableFuture<>();
  private Path scratch;
  private Folders folders;
  private Spawn spawn;
  private MonitorSockets sockets;
  private SandboxStore store;
  private SandboxHost host;

  @BeforeEach
  void start() throws IOException {
    // Not a JUnit folder: its paths are too long for sockets.
    scratch = Files.createTempDirectory("crij");
    folders = new Folders(scratch.resolve("root"), scratch.resolve("run"), Path.of("/run/netns"));
    Path crijPod = Path.of("..", "native-helpers", "target", "crij-pod").toRealPath();
    spawn = Spawn.start(crijPod, cgroups.create(cgroupRoot + "/monitors").taskFiles());
    sockets = new MonitorSockets();
    store = new SandboxStore(folders);
    host = newHost(store);
    new RecoverSandboxes(host, new NoContainers()).run();
  }

  /** A daemon that was just started. */
  private RecoverSandboxes daemon() {
    store = new SandboxStore(folders);
    host = newHost(store);
    return new RecoverSandboxes(host, new NoContainers());
  }

  private SandboxHost newHost(SandboxStore pods) {
    return new SandboxHost(pods, folders, cgroups, SystemdCgroups.none(cgroups), cgroupRoot, spawn, sockets, new OneAddress(), spawn, PodFiles.NodeFiles.STANDARD, io.crij.nri.Nri.NONE, new io.crij.core.Journal(), PodHandlers.DEFAULT);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    for (Sandbox sandbox : store.all()) {
      remove(sandbox.id());
      assertThat(folders.netnsPin(sandbox.id())).doesNotExist();
      assertThat(cgroups.open(cgroupRoot + "/pod" + sandbox.id()).exists()).isFalse();
    }
    sockets.close();
    spawn.close();
    assertThat(folders.pods()).isEmptyDirectory();
    assertThat(folders.records()).isEmptyDirectory();
    cgroups.open(cgroupRoot).delete();
    TreeRemoval.remove(scratch);
  }

  private ObjectId run() {
    var config = Pods.config("web").setLogDirectory(scratch.resolve("logs/web").toString())
        .setLinux(LinuxPodSandboxConfig.newBuilder().putSysctls("kernel.shm_rmid_forced", "1"));
    return new ObjectId(new RunPodSandbox(host, new NoContainers()).run(Pods.request(config)).getPodSandboxId());
  }

  private void remove(ObjectId id) {
    new RemovePodSandbox(host, new NoContainers()).run(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id.hex()).build());
  }

  private PodSandboxState state(ObjectId id) {
    return new PodSandboxStatus(host, new NoContainers()).run(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id.hex()).build()).getStatus().getState();
  }

  private LiveRecord live(ObjectId id) {
    return java.util.Objects.requireNonNull(store.get(id.hex()).live());
  }

  @Test
  void aPodHasItsNamespacesUntilItIsStopped() throws IOException {
    ObjectId id = run();
    LiveRecord live = live(id);
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(PodNetns.isPinned(folders.netnsPin(id))).isTrue();
    assertThat(scratch.resolve("logs/web")).isDirectory();
    assertThat(cgroups.open(cgroupRoot + "/monitors").pids()).contains((long) live.monitorPid());
    int init = new Sandboxes(store, folders).ready(id).monitor().hello().initPid();
    assertThat(Files.readSymbolicLink(Path.of("/proc/" + init + "/ns/pid"))).isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));

    new StopPodSandbox(host, new NoContainers()).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(id.hex()).build());
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThat(ProcessId.lives(live.monitorPid(), live.monitorStartTicks())).isFalse();
    assertThat(folders.netnsPin(id)).doesNotExist();
  }

  @Test
  void aLogFolderThatCannotBeMadeIsTheFaultOfWhoNamedIt() throws IOException {
    Files.writeString(scratch.resolve("file"), "in the way");
    var config = Pods.config("unlogged").setLogDirectory(scratch.resolve("file/logs").toString());
    assertThatThrownBy(() -> new RunPodSandbox(host, new NoContainers()).run(Pods.request(config)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("config.log_directory")
        .hasMessageContaining("file/logs")
        .hasMessageContaining("ENOTDIR");
    assertThat(store.all()).isEmpty();
  }

  @Test
  void aNewDaemonFindsThePodWithTheSameMonitor() throws IOException {
    ObjectId id = run();
    LiveRecord before = live(id);
    sockets.close();
    sockets = new MonitorSockets();
    RecoverSandboxes recovery = daemon();
    recovery.run();
    recovery.resume().join();
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(live(id)).isEqualTo(before);
    assertThat(new Sandboxes(store, folders).ready(id).monitor().hello().setUp()).isTrue();
  }

  @Test
  void aMonitorThatIsKilledTakesItsPodAlong() throws Exception {
    ObjectId id = run();
    ProcessId.kill(live(id).monitorPid(), live(id).monitorStartTicks());
    assertThat(dead.get(30, TimeUnit.SECONDS)).isEqualTo(id);
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
  }

  /** As one whose thread hangs in the kernel: it takes connections and requests, and answers none. */
  @Test
  void aMonitorThatDoesNotAnswerIsKilledAndItsPodStopsWithinSeconds() throws Exception {
    ObjectId id = run();
    LiveRecord live = live(id);
    assertThat(new ProcessBuilder("kill", "-STOP", String.valueOf(live.monitorPid())).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> new StopPodSandbox(host, new NoContainers()).run(StopPodSandboxRequest.newBuilder().setPodSandboxId(id.hex()).build()));
    assertThat(state(id)).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThat(ProcessId.lives(live.monitorPid(), live.monitorStartTicks())).isFalse();
    assertThat(folders.netnsPin(id)).doesNotExist();
  }

  private final class NoContainers implements PodContainers {
    @Override
    public List<io.crij.cri.ContainerStatus> statuses(ObjectId sandbox) {
      return List.of();
    }

    @Override
    public void stopAll(ObjectId sandbox) {}

    @Override
    public void removeAll(ObjectId sandbox) {}

    @Override
    public void podDied(ObjectId sandbox) {
      dead.complete(sandbox);
    }

    @Override
    public void exited(Monitor monitor, long sequence, ObjectId container, int exitCode, long finishedAtNanos) {
      throw new AssertionError("there are no containers");
    }
  }

  private static final class OneAddress implements PodNetwork {
    @Override
    public NetworkResult add(NetworkRequest request) {
      assertThat(PodNetns.isPinned(request.netns())).isTrue();
      return new NetworkResult(List.of("192.0.2.7"), "test", "{}");
    }

    @Override
    public void remove(ObjectId sandbox) {}

    @Override
    public void check(ObjectId sandbox) {}

    @Override
    public Optional<NetworkResult> result(ObjectId sandbox) {
      return Optional.empty();
    }

    @Override
    public void gc(Set<ObjectId> live) {}

    @Override
    public NetworkStatus status() {
      throw new AssertionError("pods do not ask for the network's status");
    }
  }
}
