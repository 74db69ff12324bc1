package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.Capability;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerStatusRequest;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ExecSyncResponse;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.cri.NamespaceMode;
import io.crij.cri.RemoveContainerRequest;
import io.crij.cri.ReopenContainerLogRequest;
import io.crij.cri.SecurityProfile;
import io.crij.cri.StopContainerRequest;
import io.crij.cri.UpdateContainerResourcesRequest;
import io.crij.helper.syscall.TreeRemoval;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Containers in the real kernel, under a real monitor: root, own namespaces, own control group. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerIT {
  private RealPod pod;

  @BeforeAll
  void makePod() throws Exception {
    pod = new RealPod(NamespaceMode.CONTAINER, null);
  }

  @AfterEach
  void removeAll() throws Exception {
    pod.removeAll();
  }

  @AfterAll
  void end() throws Exception {
    pod.close();
  }

  @Test
  void runsToItsEndWithTheTrueCodeTimesAndLog() throws Exception {
    String id = create(c -> c.addAllCommand(List.of("sh", "-c", "echo out; echo err >&2; exit 3")).setLogPath("c/0.log"));
    start(id);
    io.crij.cri.ContainerStatus status = awaitExit(id);
    assertThat(status.getExitCode()).isEqualTo(3);
    assertThat(status.getReason()).isEqualTo("Error");
    assertThat(status.getStartedAt()).isPositive();
    assertThat(status.getFinishedAt()).isGreaterThanOrEqualTo(status.getStartedAt());
    assertThat(Files.readString(Path.of(status.getLogPath()))).contains(" stdout F out\n").contains(" stderr F err\n");
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(1).build());
  }

  @Test
  void aRunningContainerHasWhatItShould() {
    String id = create(c -> c.addAllCommand(List.of("sleep", "1000")));
    start(id);
    assertThat(exec(id, "hostname").getStdout().toStringUtf8()).isEqualTo("pod-host\n");
    assertThat(exec(id, "cat", "/etc/hostname").getStdout().toStringUtf8()).isEqualTo("pod-host\n");
    assertThat(exec(id, "cat", "/etc/resolv.conf").getStdout().toStringUtf8()).isEqualTo("nameserver 192.0.2.1\n");
    assertThat(exec(id, "cat", "/proc/1/cmdline").getStdout().toStringUtf8()).isEqualTo("sleep\0001000\000");
    assertThat(exec(id, "sh", "-c", "echo x > /dev/null && cat /data/of-image && touch /data/new && echo $FROM_IMAGE").getStdout().toStringUtf8())
        .isEqualTo("keptyes\n");
    assertThat(exec(id, "ls", "/dev").getStdout().toStringUtf8().lines())
        .containsExactlyInAnyOrder(
            "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero");
    assertThat(exec(id, "touch", "/sys/x").getExitCode()).isEqualTo(1);
    assertThat(exec(id, "sh", "-c", "cat /proc/self/cgroup; ls /sys/fs/cgroup/memory /sys/fs/cgroup | grep -c .").getExitCode()).isZero();
    assertThat(exec(id, "no-such-program").getExitCode()).isEqualTo(127);
    io.crij.cri.ContainerStatusResponse verbose =
        new ContainerStatus(pod.host).run(ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build());
    assertThat(verbose.getInfoOrThrow("info")).contains("\"pid\":").contains("Overlay[").contains(pod.cgroupParent);
  }

  @Test
  void stopsBySignalAndByForce() throws Exception {
    String polite = create(c -> c.addAllCommand(List.of("sh", "-c", "trap 'exit 0' TERM; touch /tmp/ready; while true; do sleep 0.05; done")));
    start(polite);
    // Before the trap is set, the first process of a PID namespace does not even notice the signal.
    exec(polite, "sh", "-c", "until [ -e /tmp/ready ]; do sleep 0.02; done");
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(polite).setTimeout(20).build());
    assertThat(status(polite).getExitCode()).isZero();
    assertThat(status(polite).getReason()).isEqualTo("Completed");
    String deaf = create(c -> c.addAllCommand(List.of("sleep", "1000")));
    start(deaf);
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(deaf).setTimeout(0).build());
    assertThat(status(deaf).getExitCode()).isEqualTo(137);
    assertThat(status(deaf).getState()).isEqualTo(io.crij.cri.ContainerState.CONTAINER_EXITED);
  }

  @Test
  void anExecThatTakesTooLongIsGoneWhenTheErrorComes() {
    String id = create(c -> c.addAllCommand(List.of("tail", "-f", "/dev/null")));
    start(id);
    assertThatThrownBy(
            () -> new ExecSync(pod.host).run(ExecSyncRequest.newBuilder().setContainerId(id).addAllCmd(List.of("sleep", "4321")).setTimeout(1).build()))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    assertThat(exec(id, "ps").getStdout().toStringUtf8()).doesNotContain("sleep");
  }

  @Test
  void memoryIsLimitedAndTheReasonIsTold() throws Exception {
    String id =
        create(
            c ->
                c.addAllCommand(List.of("sh", "-c", "dd if=/dev/zero of=/dev/null bs=40M"))
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setResources(
                                LinuxContainerResources.newBuilder()
                                    .setMemoryLimitInBytes(15 << 20)
                                    .setMemorySwapLimitInBytes(15 << 20))));
    start(id);
    io.crij.cri.ContainerStatus status = awaitExit(id);
    assertThat(status.getReason()).isEqualTo("OOMKilled");
    assertThat(status.getExitCode()).isEqualTo(137);
  }

  @Test
  void userCapabilitiesAndSeccompAreApplied() {
    String id =
        create(
            c ->
                c.addAllCommand(List.of("sleep", "1000"))
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setSecurityContext(
                                LinuxContainerSecurityContext.newBuilder()
                                    .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                                    .addSupplementalGroups(1234)
                                    .setNoNewPrivs(true)
                                    .setReadonlyRootfs(true)
                                    .setCapabilities(Capability.newBuilder().addDropCapabilities("ALL"))
                                    .setSeccomp(
                                        SecurityProfile.newBuilder()
                                            .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)))));
    start(id);
    assertThat(exec(id, "id", "-u").getStdout().toStringUtf8()).isEqualTo("1000\n");
    assertThat(exec(id, "id", "-G").getStdout().toStringUtf8()).isEqualTo("1000 1234 50000\n");
    String self = exec(id, "cat", "/proc/self/status").getStdout().toStringUtf8();
    assertThat(self).contains("CapBnd:\t0000000000000000").contains("NoNewPrivs:\t1").contains("Seccomp:\t2");
    assertThat(exec(id, "touch", "/tmp/x").getStderr().toStringUtf8()).contains("Read-only file system");
    assertThat(status(id).getUser().getLinux().getSupplementalGroupsList()).containsExactly(1000L, 1234L, 50000L);
  }

  @Test
  void mountsPathsAndLimitsAreWhatWasAskedFor() throws Exception {
    Path source = pod.folder.resolve("volume");
    Files.createDirectories(source);
    Files.writeString(source.resolve("file"), "content");
    String id =
        create(
            c ->
                c.addAllCommand(List.of("sleep", "1000"))
                    .addMounts(Mount.newBuilder().setHostPath(source.toString()).setContainerPath("/vol/deep").setReadonly(true))
                    .addMounts(Mount.newBuilder().setHostPath(source.resolve("made").toString()).setContainerPath("/vol"))
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setResources(LinuxContainerResources.newBuilder().setCpuShares(500))
                            .setSecurityContext(
                                LinuxContainerSecurityContext.newBuilder()
                                    .addMaskedPaths("/bin/ls")
                                    .addReadonlyPaths("/tmp"))));
    start(id);
    assertThat(exec(id, "cat", "/vol/deep/file").getStdout().toStringUtf8()).isEqualTo("content");
    assertThat(exec(id, "touch", "/vol/deep/x").getExitCode()).isEqualTo(1);
    assertThat(exec(id, "touch", "/vol/x").getExitCode()).isZero();
    assertThat(source.resolve("made/x")).exists();
    assertThat(exec(id, "/bin/ls").getExitCode()).isEqualTo(126);
    assertThat(exec(id, "touch", "/tmp/test").getStderr().toStringUtf8()).contains("Read-only file system");
    new UpdateContainerResources(pod.host)
        .run(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(id)
                .setLinux(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 << 20))
                .build());
    assertThat(pod.cgroups.open(pod.cgroupParent + "/" + id).limits().memoryBytes()).isEqualTo(64L << 20);
    assertThat(status(id).getResources().getLinux().getCpuShares()).isEqualTo(500);
    assertThat(status(id).getResources().getLinux().getMemoryLimitInBytes()).isEqualTo(64 << 20);
  }

  @Test
  void aStartedContainerHasItsLogAndOneWithoutALogDoesNotStart() throws Exception {
    String id = create(c -> c.addAllCommand(List.of("sleep", "1000")).setLogPath("new/folder/0.log"));
    start(id);
    Path log = Path.of(status(id).getLogPath());
    assertThat(log).isRegularFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log))).isEqualTo("rw-r-----");
    String unlogged = create(c -> c.addAllCommand(List.of("sleep", "1000")).setLogPath("new/folder"));
    assertThatThrownBy(() -> start(unlogged))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining(unlogged).hasMessageContaining("its log file cannot be made").hasMessageContaining("new/folder");
    assertThat(status(unlogged).getExitCode()).isEqualTo(128);
    Files.createSymbolicLink(log.resolveSibling("link.log"), log.resolveSibling("victim"));
    String linked = create(c -> c.addAllCommand(List.of("sleep", "1000")).setLogPath("new/folder/link.log"));
    assertThatThrownBy(() -> start(linked)).hasMessageContaining("link.log is there and is no regular file");
    assertThat(log.resolveSibling("victim")).doesNotExist();
  }

  @Test
  void aMissingProgramLeavesAnExitedContainerWithItsReason() {
    String id = create(c -> c.addCommand("/no/such/program"));
    assertThatThrownBy(() -> start(id)).isInstanceOf(CriException.class).hasMessageContaining("was not found");
    assertThat(status(id).getState()).isEqualTo(io.crij.cri.ContainerState.CONTAINER_EXITED);
    assertThat(status(id).getExitCode()).isEqualTo(127);
    assertThat(status(id).getReason()).isEqualTo("StartError");
  }

  @Test
  void aLogIsReopenedAndPrivilegeGivesDevices() throws Exception {
    String id =
        create(
            c ->
                c.addAllCommand(List.of("sh", "-c", "while true; do echo line; sleep 0.05; done"))
                    .setLogPath("again.log")
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setSecurityContext(LinuxContainerSecurityContext.newBuilder().setPrivileged(true))));
    start(id);
    Path log = Path.of(status(id).getLogPath());
    assertThat(log).exists();
    Files.move(log, log.resolveSibling("again.log.1"));
    new ReopenContainerLog(pod.host).run(ReopenContainerLogRequest.newBuilder().setContainerId(id).build());
    assertThat(log).exists();
    assertThat(exec(id, "ls", "/dev").getStdout().toStringUtf8()).contains("kmsg");
    assertThat(exec(id, "brctl", "addbr", "foobar").getExitCode()).isZero();
  }

  @Test
  void theNextDaemonFindsWhatLivesAndWhatEnded() throws Exception {
    String id = create(c -> c.addAllCommand(List.of("sleep", "1000")));
    start(id);
    ContainerHost next = pod.nextHost();
    pod.startNext(next);
    assertThat(next.store().get(id).record()).isEqualTo(pod.host.store().get(id).record());
    assertThat(next.store().get(id).state()).isEqualTo(ContainerState.RUNNING);
  }

  @Test
  void aContainerWithoutARecordThatCanBeReadIsEndedAndLeavesNothing() throws Exception {
    String id = create(c -> c.addAllCommand(List.of("sleep", "1000")));
    start(id);
    Container torn = pod.host.store().get(id);
    Path own = pod.folder.resolve("containers").resolve(torn.id().shortHex());
    byte[] whole = Files.readAllBytes(own.resolve("record.json"));
    Files.write(own.resolve("record.json"), Arrays.copyOf(whole, whole.length / 2));
    ContainerHost next = pod.nextHost();
    pod.startNext(next);
    assertThat(next.store().all()).isEmpty();
    assertThat(own).doesNotExist();
    assertThat(pod.monitor.status()).noneMatch(state -> state.container().equals(torn.id()));
    assertThat(pod.host.cgroups().folders(torn.record().cgroup()).values()).noneMatch(Files::exists);
    try (var aside = Files.list(pod.folder.resolve("containers/quarantine"))) {
      assertThat(aside).hasSize(2);
    }
    TreeRemoval.remove(pod.folder.resolve("containers/quarantine"));
    new RemoveContainer(pod.host).run(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  private String create(UnaryOperator<ContainerConfig.Builder> change) {
    return pod.create(change);
  }

  private void start(String id) {
    pod.start(id);
  }

  private ExecSyncResponse exec(String id, String... cmd) {
    return pod.exec(id, cmd);
  }

  private io.crij.cri.ContainerStatus status(String id) {
    return pod.status(id);
  }

  private io.crij.cri.ContainerStatus awaitExit(String id) throws InterruptedException {
    Container container = pod.host.store().get(id);
    long end = System.nanoTime() + 60_000_000_000L;
    container.lock().lock();
    try {
      while (container.state() != ContainerState.EXITED) {
        long left = end - System.nanoTime();
        assertThat(left).as("time left until the container must have ended").isPositive();
        StopClock.SYSTEM.await(container.changed(), left);
      }
    } finally {
      container.lock().unlock();
    }
    return status(id);
  }
}
