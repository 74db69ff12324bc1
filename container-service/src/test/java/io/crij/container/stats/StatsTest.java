package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerStatsFilter;
import io.crij.cri.ContainerStatsRequest;
import io.crij.cri.ListContainerStatsRequest;
import io.crij.cri.ListPodSandboxStatsRequest;
import io.crij.cri.NetworkInterfaceUsage;
import io.crij.cri.PodSandboxStatsFilter;
import io.crij.cri.PodSandboxStatsRequest;
import io.crij.helper.netlink.LinkCounters;
import io.crij.sandbox.PodView;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsTest {
  private static final List<LinkCounters> LINKS =
      List.of(new LinkCounters("net1", 1, 2, 3, 4, 5, 6, 7, 8), new LinkCounters("eth0", 10, 20, 30, 40, 50, 60, 70, 80));

  @TempDir Path folder;
  private ScratchPods node;
  private Measuring measuring;
  private PodView pod;
  private MeasuredContainer running;
  private MeasuredContainer ended;
  private List<LinkCounters> links = LINKS;

  @BeforeEach
  void makeNode() throws Exception {
    node = new ScratchPods(folder.resolve("node"));
    node.used("/pods/a", 10);
    node.used("/pods/a/one", 1);
    pod = node.pod("a", "/pods/a", true, Path.of("/netns"));
    running = node.container(pod, "one", true, folder);
    ended = node.container(pod, "two", false, folder);
    measuring =
        new Measuring(
            node, node.cgroups(), folder, Duration.ofHours(1), Duration.ofMinutes(1), Clock.systemUTC(), node.proc(),
            asked -> asked.netns() == null ? Optional.empty() : Optional.of(links));
  }

  @AfterEach
  void end() {
    measuring.close();
  }

  private List<String> listed(ContainerStatsFilter filter) {
    return new ListContainerStats(measuring)
        .run(ListContainerStatsRequest.newBuilder().setFilter(filter).build()).getStatsList().stream()
            .map(stats -> stats.getAttributes().getId())
            .toList();
  }

  private io.crij.cri.ContainerStats of(MeasuredContainer container) {
    return new ContainerStats(measuring)
        .run(ContainerStatsRequest.newBuilder().setContainerId(container.id().hex()).build())
        .getStats();
  }

  @Test
  void aRunningContainerHasAllFigures() {
    io.crij.cri.ContainerStats stats = of(running);
    assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("one");
    assertThat(stats.getAttributes().getLabelsMap()).containsEntry("app", "one");
    assertThat(stats.getCpu().getTimestamp()).isPositive();
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(7_000_000_000L);
    assertThat(stats.getCpu().hasUsageNanoCores()).as("of one reading").isFalse();
    assertThat(stats.getCpu().getPsi().getSome().getTotal()).isEqualTo(3_000_000_000L);
    assertThat(stats.getCpu().getPsi().getFull().getTotal()).isEqualTo(2_000_000_000L);
    assertThat(stats.getMemory().getUsageBytes().getValue()).isEqualTo(1000);
    assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isEqualTo(600);
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isEqualTo(4000 - 600);
    assertThat(stats.getMemory().getRssBytes().getValue()).isEqualTo(300);
    assertThat(stats.getMemory().getPageFaults().getValue()).isEqualTo(90);
    assertThat(stats.getMemory().getMajorPageFaults().getValue()).isEqualTo(3);
    assertThat(stats.getMemory().hasPsi()).isTrue();
    assertThat(stats.getSwap().getSwapUsageBytes().getValue()).isEqualTo(5);
    assertThat(stats.getSwap().getSwapAvailableBytes().getValue()).isEqualTo(95);
    assertThat(stats.getIo().getPsi().getSome().getAvg10()).isEqualTo(1.5);
    assertThat(stats.getWritableLayer().getUsedBytes().getValue()).isPositive();
    assertThat(stats.getWritableLayer().getInodesUsed().getValue()).isPositive();
    assertThat(folder.toString()).startsWith(stats.getWritableLayer().getFsId().getMountpoint());
  }

  @Test
  void oneThatDoesNotRunHasWhatItWroteOnly() {
    io.crij.cri.ContainerStats stats = of(ended);
    assertThat(stats.hasCpu()).isFalse();
    assertThat(stats.hasMemory()).isFalse();
    assertThat(stats.hasWritableLayer()).isTrue();
    assertThat(stats.getAttributes().getId()).isEqualTo(ended.id().hex());
  }

  @Test
  void imageFsInfoHasWhatAllContainersWroteOnTheDiskOfTheImages() {
    io.crij.cri.ImageFsInfoResponse images =
        io.crij.cri.ImageFsInfoResponse.newBuilder()
            .addImageFilesystems(
                io.crij.cri.FilesystemUsage.newBuilder()
                    .setFsId(io.crij.cri.FilesystemIdentifier.newBuilder().setMountpoint(folder.toString())))
            .build();
    io.crij.cri.FilesystemUsage usage = new ContainerFilesystem(measuring).addTo(images).getContainerFilesystems(0);
    assertThat(usage.getFsId().getMountpoint()).isEqualTo(folder.toString());
    assertThat(usage.getUsedBytes().getValue())
        .isEqualTo(of(running).getWritableLayer().getUsedBytes().getValue() + of(ended).getWritableLayer().getUsedBytes().getValue());
    assertThat(usage.getInodesUsed().getValue()).isGreaterThan(2);
    assertThat(usage.getTimestamp()).isPositive();
  }

  @Test
  void oneThatIsUnknownIsNotFound() {
    assertThatThrownBy(() -> new ContainerStats(measuring).run(ContainerStatsRequest.newBuilder().setContainerId("ff").build()))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThatThrownBy(() -> new PodSandboxStats(measuring).run(PodSandboxStatsRequest.newBuilder().setPodSandboxId("ff").build()))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void listsHaveRunningContainersThatMatch() {
    PodView other = node.pod("b", "/pods/b", true, null);
    assertThat(listed(ContainerStatsFilter.getDefaultInstance())).containsExactly(running.id().hex());
    assertThat(listed(ContainerStatsFilter.newBuilder().setId(running.id().shortHex()).build())).hasSize(1);
    assertThat(listed(ContainerStatsFilter.newBuilder().setId(ended.id().hex()).build())).isEmpty();
    assertThat(listed(ContainerStatsFilter.newBuilder().setPodSandboxId(other.id().hex()).build())).isEmpty();
    assertThat(listed(ContainerStatsFilter.newBuilder().putLabelSelector("app", "one").build())).hasSize(1);
    assertThat(listed(ContainerStatsFilter.newBuilder().putLabelSelector("app", "x").build())).isEmpty();
  }

  @Test
  void oneWhoseGroupVanishedIsPassedOverInAListAndHasNoFiguresAlone() {
    MeasuredContainer vanished = node.container(pod, "vanished", true, folder);
    assertThat(listed(ContainerStatsFilter.getDefaultInstance())).containsExactly(running.id().hex());
    assertThat(of(vanished).hasCpu()).isFalse();
  }

  @Test
  void aPodHasItsGroupItsNetworkAndItsContainers() {
    io.crij.cri.PodSandboxStats stats =
        new PodSandboxStats(measuring).run(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.id().hex()).build()).getStats();
    assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("a");
    assertThat(stats.getLinux().getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(70_000_000_000L);
    assertThat(stats.getLinux().getMemory().getUsageBytes().getValue()).isEqualTo(10_000);
    assertThat(stats.getLinux().getProcess().getProcessCount().getValue()).isEqualTo(1);
    assertThat(stats.getLinux().getIo().hasPsi()).isTrue();
    assertThat(stats.getLinux().getContainersList()).hasSize(1);
    NetworkInterfaceUsage main = stats.getLinux().getNetwork().getDefaultInterface();
    assertThat(main.getName()).isEqualTo("eth0");
    assertThat(main.getRxBytes().getValue()).isEqualTo(10);
    assertThat(main.getTxErrors().getValue()).isEqualTo(70);
    assertThat(stats.getLinux().getNetwork().getInterfacesList()).extracting(NetworkInterfaceUsage::getName).containsExactly("net1");
  }

  @Test
  void aPodWhoseInterfacesAreGoneHasNoNetwork() {
    links = List.of();
    var stats = new PodSandboxStats(measuring).run(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.id().hex()).build()).getStats();
    assertThat(stats.getLinux().hasNetwork()).as("kubelet takes a network without a default interface for one that has it").isFalse();
  }

  @Test
  void aPodInASharedGroupUsesWhatItsContainersUse() throws Exception {
    PodView other = node.pod("b", "/pods/a", true, null);
    node.used("/pods/a/b1", 2);
    node.used("/pods/a/b2", 3);
    node.container(other, "b1", true, folder);
    node.container(other, "b2", true, folder);
    var all = new ListPodSandboxStats(measuring).run(ListPodSandboxStatsRequest.getDefaultInstance()).getStatsList();
    assertThat(all).hasSize(2);
    assertThat(all.get(0).getLinux().getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(7_000_000_000L);
    assertThat(all.get(1).getLinux().getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(35_000_000_000L);
    assertThat(all.get(1).getLinux().getMemory().getUsageBytes().getValue()).isEqualTo(5000);
    assertThat(all.get(1).getLinux().hasNetwork()).as("it has the node's").isFalse();
    assertThat(all.get(1).getLinux().getProcess().getProcessCount().getValue()).isEqualTo(2);
  }

  @Test
  void podsAreListedThatAreReadyAndMatch() {
    node.pod("stopped", "/pods/s", false, null);
    var list = new ListPodSandboxStats(measuring);
    assertThat(list.run(ListPodSandboxStatsRequest.getDefaultInstance()).getStatsList()).hasSize(1);
    PodSandboxStatsFilter label = PodSandboxStatsFilter.newBuilder().putLabelSelector("app", "a").build();
    assertThat(list.run(ListPodSandboxStatsRequest.newBuilder().setFilter(label).build()).getStatsList()).hasSize(1);
    PodSandboxStatsFilter none = PodSandboxStatsFilter.newBuilder().setId("ffffffffffff").build();
    assertThat(list.run(ListPodSandboxStatsRequest.newBuilder().setFilter(none).build()).getStatsList()).isEmpty();
  }

  @Test
  void aReadyPodWhoseGroupIsGoneIsListedAllTheSame() {
    PodView gone = node.pod("gone", "/pods/gone", true, null);
    io.crij.cri.PodSandboxStats stats =
        new PodSandboxStats(measuring).run(PodSandboxStatsRequest.newBuilder().setPodSandboxId(gone.id().hex()).build()).getStats();
    assertThat(stats.hasLinux()).isTrue();
    assertThat(stats.getLinux().hasCpu()).isFalse();
  }
}
