package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.Cgroups;
import io.crij.cgroups.Limits;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerStatsRequest;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.ListContainerStatsRequest;
import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.Metric;
import io.crij.cri.PodSandboxConfig;
import io.crij.sandbox.PodView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process in a real control group, on whichever version this node has; needs root. */
@Timeout(240)
class MeasuringIT {
  /** Without network, block device, pressure or huge pages on every node: those have samples where the node counts them. */
  private static final Set<String> DEPEND_ON_THE_NODE = Set.of("network", "fs_reads", "fs_writes", "blkio", "pressure", "hugetlb", "max_usage", "kernel");

  private final String parent = "/crij-it-stats-" + ProcessHandle.current().pid();
  private final Cgroups cgroups = Cgroups.detect();
  private final List<MeasuredContainer> containers = new ArrayList<>();
  private final PodView pod = new PodView(ObjectId.random(), PodSandboxConfig.getDefaultInstance(), true, 1, parent, null);
  @TempDir Path folder;
  private Process process;
  private Measuring measuring;

  @BeforeEach
  void start() throws Exception {
    cgroups.create(parent);
    Cgroup cgroup = cgroups.create(parent + "/one");
    cgroup.apply(new Limits(1024L, 20_000L, 100_000L, 64L << 20, 64L << 20, null, null, null, Map.of(), Map.of()));
    String enter = cgroup.taskFiles().stream().map(file -> "echo $$ > " + file + "; ").collect(Collectors.joining());
    process = new ProcessBuilder("sh", "-c", enter + "while :; do x=$(true); done").start();
    Files.write(folder.resolve("written"), new byte[1 << 20]);
    containers.add(container(parent + "/one"));
    measuring = new Measuring(new Node(), cgroups, folder, Duration.ofSeconds(10), Duration.ofMinutes(1), Clock.systemUTC(), Path.of("/proc"), PodNetworkUse::of);
    while (cgroup.processes().isEmpty() || cgroup.cpuStats().usageNanos() == 0) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void end() throws Exception {
    measuring.close();
    process.destroyForcibly().waitFor();
    cgroups.open(parent + "/one").delete();
    cgroups.open(parent).delete();
    assertThat(cgroups.open(parent).exists()).isFalse();
  }

  private MeasuredContainer container(String cgroup) {
    return new MeasuredContainer(
        ObjectId.random(), pod.id(), true, ContainerConfig.getDefaultInstance(), LinuxContainerResources.getDefaultInstance(), cgroup,
        List.of(folder), 1_700_000_000_000_000_000L, (int) process.pid());
  }

  private final class Node implements MeasuredNode {
    @Override
    public List<MeasuredContainer> containers() {
      return List.copyOf(containers);
    }

    @Override
    public MeasuredContainer container(String idOrPrefix) {
      return containers.getFirst();
    }

    @Override
    public List<PodView> pods() {
      return List.of(pod);
    }

    @Override
    public PodView pod(String idOrPrefix) {
      return pod;
    }
  }

  @Test
  void aBusyProcessIsSeenInItsStats() {
    io.crij.cri.ContainerStats stats = onceMemoryIsCounted();
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    assertThat(stats.getMemory().getUsageBytes().getValue()).isPositive();
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isBetween(1L, 64L << 20);
    assertThat(stats.getMemory().getPageFaults().getValue()).isPositive();
    assertThat(stats.getWritableLayer().getUsedBytes().getValue()).isGreaterThanOrEqualTo(1 << 20);
    assertThat(stats.getCpu().hasPsi()).isEqualTo(Files.exists(Path.of("/proc/pressure/cpu")));
  }

  /** The kernel adds up a group's page faults only when some hundred events of the group's memory have come together. */
  private io.crij.cri.ContainerStats onceMemoryIsCounted() {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    io.crij.cri.ContainerStats stats;
    do {
      stats = new ContainerStats(measuring).run(ContainerStatsRequest.getDefaultInstance()).getStats();
    } while ((stats.getMemory().getPageFaults().getValue() == 0 || stats.getMemory().getUsageBytes().getValue() == 0) && System.nanoTime() < end);
    return stats;
  }

  @Test
  void everyMetricHasASampleOnThisKernel() {
    Set<String> missing = Arrays.stream(PodMetric.values()).map(PodMetric::metricName).collect(Collectors.toCollection(TreeSet::new));
    new ListPodSandboxMetrics(measuring)
        .run(ListPodSandboxMetricsRequest.getDefaultInstance()).getPodMetrics(0).getContainerMetrics(0).getMetricsList().stream()
            .map(Metric::getName)
            .forEach(missing::remove);
    missing.removeIf(name -> DEPEND_ON_THE_NODE.stream().anyMatch(name::contains));
    assertThat(missing).isEmpty();
  }

  @Test
  void aGroupThatGoesAwayWhileListsAreReadIsPassedOver() {
    cgroups.create(parent + "/two");
    containers.add(container(parent + "/two"));
    var list = new ListContainerStats(measuring);
    assertThat(list.run(ListContainerStatsRequest.getDefaultInstance()).getStatsList()).hasSize(2);
    cgroups.open(parent + "/two").delete();
    assertThat(list.run(ListContainerStatsRequest.getDefaultInstance()).getStatsList()).hasSize(1);
  }
}
