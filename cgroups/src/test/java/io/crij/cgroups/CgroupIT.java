package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.crij.core.CriException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the kernel that runs the tests, whatever its layout is, below a folder of its own. Needs root. */
class CgroupIT {
  private static final long MIB = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Cgroups cgroups = Cgroups.detect();
  private final String top = "/crij-it-" + UUID.randomUUID();
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() throws Exception {
    Cgroup all = cgroups.open(top);
    all.killAll(PATIENCE);
    for (Process process : started) {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("killed with its cgroup").isTrue();
    }
    all.delete();
    assertThat(all.paths().values()).allSatisfy(folder -> assertThat(folder).doesNotExist());
  }

  /** Starts a shell that enters the group and becomes the program. */
  private Process start(Cgroup cgroup, String... command) throws IOException {
    StringBuilder enter = new StringBuilder();
    cgroup.taskFiles().forEach(file -> enter.append("echo 0 > ").append(file).append(" && "));
    List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", enter + "exec \"$@\"", "sh"));
    line.addAll(List.of(command));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    started.add(process);
    return process;
  }

  private void waitForProcesses(Cgroup cgroup, int count) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    // In every hierarchy: a process enters one after the other.
    assertThat(CgroupProcesses.waitUntil(end, () -> cgroup.paths().values().stream().allMatch(folder -> processes(folder) >= count)))
        .as("processes in %s", cgroup)
        .isTrue();
  }

  private static long processes(Path folder) {
    try {
      return ControlFile.read(folder.resolve("cgroup.procs")).lines().count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void thisNodeHasWhatPodsNeed() {
    assertThat(cgroups.missingControllers()).isEmpty();
  }

  @Test
  void limitsAreHeldByTheKernelAndReadBack() {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    Limits limits = new Limits(512L, 20_000L, 100_000L, 64 * MIB, 64 * MIB, 50L, null, null, Map.of(), Map.of());
    cgroup.apply(limits);
    Limits now = cgroup.limits();
    assertThat(now.cpuQuotaMicros()).isEqualTo(20_000);
    assertThat(now.memoryBytes()).isEqualTo(64 * MIB);
    assertThat(now.memoryAndSwapBytes()).isIn(64 * MIB, null);
    assertThat(now.pids()).isEqualTo(50);
    // Up and down again through states that the kernel refuses in the wrong order.
    cgroup.apply(new Limits(null, null, null, 128 * MIB, 256 * MIB, null, null, null, Map.of(), Map.of()));
    cgroup.apply(new Limits(null, -1L, null, 32 * MIB, 32 * MIB, -1L, null, null, Map.of(), Map.of()));
    assertThat(cgroup.limits().memoryBytes()).isEqualTo(32 * MIB);
    assertThat(cgroup.limits().cpuQuotaMicros()).isEqualTo(Limits.UNLIMITED);
    assertThat(cgroup.limits().pids()).isEqualTo(Limits.UNLIMITED);
    cgroup.apply(new Limits(null, null, null, -1L, -1L, null, null, null, Map.of(), Map.of()));
    assertThat(cgroup.limits().memoryBytes()).isEqualTo(Limits.UNLIMITED);
  }

  @Test
  void whatTheKernelRefusesLeavesAllAsItWas() {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    cgroup.apply(new Limits(512L, 20_000L, 100_000L, 64 * MIB, 64 * MIB, 50L, null, null, Map.of(), Map.of()));
    Limits before = cgroup.limits();
    Limits bad = new Limits(700L, 30_000L, 1L, 128 * MIB, 128 * MIB, 20L, null, null, Map.of(), Map.of());
    assertThatThrownBy(() -> cgroup.apply(bad)).isInstanceOf(CriException.class).hasMessageContaining("all limits are as before");
    assertThat(cgroup.limits()).isEqualTo(before);
  }

  @Test
  void aProcessEntersIsSeenAndIsKilledWithItsChildren() throws Exception {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    Process process = start(cgroup, "/bin/sh", "-c", "sleep 1000 & sleep 1000 & wait");
    waitForProcesses(cgroup, 3);
    assertThat(cgroup.pids()).contains(process.pid());
    assertThat(cgroup.pidsStats().current()).isGreaterThanOrEqualTo(3);
    assertThat(cgroup.memoryStats().usageBytes()).isPositive();
    assertThat(cgroup.cpuStats().usageNanos()).isPositive();
    cgroup.killAll(PATIENCE);
    assertThat(cgroup.pids()).isEmpty();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 9);
    cgroup.delete();
    assertThat(cgroup.exists()).isFalse();
    cgroup.killAll(PATIENCE);
  }

  @Test
  void frozenProcessesDieToo() throws Exception {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    start(cgroup, "/bin/sh", "-c", "while :; do :; done");
    waitForProcesses(cgroup, 1);
    cgroup.freeze(PATIENCE);
    long frozenAt = cgroup.cpuStats().usageNanos();
    assertThat(cgroup.cpuStats().usageNanos()).isEqualTo(frozenAt);
    cgroup.killAll(PATIENCE);
    assertThat(cgroup.pids()).isEmpty();
  }

  @Test
  void aForkingCrowdDiesWithoutCgroupKill() throws Exception {
    Cgroup whole = cgroups.create(top + "/pod/one");
    List<Cgroup.Folder> v1Only = whole.folders().stream().filter(folder -> !folder.unified()).toList();
    if (v1Only.isEmpty()) {
      // Pure version 2 always has cgroup.kill from the kernels that are supported.
      assertThat(whole.killFile()).isPresent();
      return;
    }
    Cgroup cgroup = new Cgroup(CgroupVersion.V1, whole.path(), v1Only);
    cgroup.apply(new Limits(null, null, null, null, null, 60L, null, null, Map.of(), Map.of()));
    start(cgroup, "/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sh -c 'while :; do sleep 0.01; done' & done; wait");
    waitForProcesses(cgroup, 9);
    cgroup.killAll(PATIENCE);
    assertThat(cgroup.pids()).isEmpty();
  }

  @Test
  void anOomKillIsCounted() throws Exception {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    cgroup.apply(new Limits(null, null, null, 16 * MIB, 16 * MIB, null, null, null, Map.of(), Map.of()));
    assertThat(cgroup.oomKills()).hasValue(0);
    Process process = start(cgroup, "dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 9);
    assertThat(cgroup.oomKills().orElseThrow()).isPositive();
  }

  @Test
  void aMissingDeviceRuleKeepsTheDeviceShutOnVersion1() throws Exception {
    // On version 2 the launching process loads a program, which is tried together with crij-pod.
    assumeThat(cgroups.version()).isNotEqualTo(CgroupVersion.V2);
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    cgroup.apply(DeviceRules.DEFAULT);
    assertThat(exitCode(cgroup, "head -c 1 /dev/zero")).isZero();
    assertThat(exitCode(cgroup, "head -c 1 /dev/kmsg")).isNotZero();
    assertThat(exitCode(cgroup, "echo > /dev/null")).isZero();
  }

  private int exitCode(Cgroup cgroup, String script) throws Exception {
    Process process = start(cgroup, "/bin/sh", "-c", script);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Test
  void aGroupWithAProcessStaysAndSaysSo() throws Exception {
    Cgroup cgroup = cgroups.create(top + "/pod/one");
    start(cgroup, "sleep", "1000");
    waitForProcesses(cgroup, 1);
    assertThatThrownBy(cgroup::delete).isInstanceOf(CriException.class).hasMessageContaining("busy");
    assertThat(Files.isDirectory(Path.of(cgroup.paths().values().iterator().next().toString()))).isTrue();
  }
}
