package io.crij.daemon.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.cri.Container;
import io.crij.cri.ContainerMetadata;
import io.crij.cri.ContainerState;
import io.crij.cri.ContainerStatus;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.Image;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.ImageSpec;
import io.crij.cri.ListContainersResponse;
import io.crij.cri.ListImagesResponse;
import io.crij.cri.ListPodSandboxResponse;
import io.crij.cri.PodSandbox;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatus;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.cri.RuntimeCondition;
import io.crij.cri.RuntimeHandler;
import io.crij.cri.RuntimeStatus;
import io.crij.cri.StatusResponse;
import io.crij.cri.UInt64Value;
import io.crij.daemon.rpc.Calls;
import io.crij.daemon.rpc.ImageOperations;
import io.crij.daemon.rpc.NodeReports;
import io.crij.daemon.rpc.Operation;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.image.PullProgress;
import io.crij.image.StoreOrphan;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people are told about pods in each state of their lives. */
class ReportsTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  private final Journal journal = new Journal();
  private final List<PodSandbox> pods = new ArrayList<>();
  private final List<ContainerStatus> containers = new ArrayList<>();
  private final List<PullProgress> pulls = new ArrayList<>();
  private String details = "{}";
  private boolean networkReady = true;
  private final ImageFsInfoResponse disk =
      ImageFsInfoResponse.newBuilder()
          .addImageFilesystems(FilesystemUsage.newBuilder().setUsedBytes(UInt64Value.newBuilder().setValue(1000)))
          .addContainerFilesystems(FilesystemUsage.newBuilder().setUsedBytes(UInt64Value.newBuilder().setValue(20)))
          .build();
  private final NodeReports reports =
      new Reports(Path.of("/run/crij/crij.sock"), operations(), () -> pulls, nothing -> disk, new Calls((rpc, code, nanos, streaming) -> {}), journal).questions(gc());

  @Test
  void aTimelineShowsNoLoginOfAnImage() throws Exception {
    new JournaledPull(request -> PullImageResponse.getDefaultInstance(), journal)
        .run(
            PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage("user:secret@registry.example/app:1"))
                .setSandboxConfig(PodSandboxConfig.newBuilder().setMetadata(PodSandboxMetadata.newBuilder().setNamespace("a").setName("b")))
                .build());
    assertThat(journal.of("a/b")).singleElement().satisfies(pull -> assertThat(pull.subject()).contains("registry.example/app:1").doesNotContain("secret"));
  }

  private static <Q, S> Operation<Q, S> unset() {
    return request -> {
      throw new AssertionError("no report asks for this");
    };
  }

  private Gc gc() {
    ImageOperations images =
        new ImageOperations(
            unset(),
            unset(),
            request ->
                ListImagesResponse.newBuilder()
                    .addImages(Image.newBuilder().setId("used").addRepoTags("app:1").setSize(10))
                    .addImages(Image.newBuilder().setId("kept").addRepoTags("pause:1").setSize(20).setPinned(true))
                    .addImages(Image.newBuilder().setId("old").addRepoDigests("app@sha256:0").setSize(5))
                    .build(),
            unset(),
            unset(),
            () -> pulls,
            (image, repair) -> List.of(),
            (names, format, out) -> {},
            archive -> {
              throw new AssertionError("no report loads");
            });
    StoreOrphan orphan = new StoreOrphan(StoreOrphan.Kind.PARTIAL_BLOB, Path.of("/i/partial/x"), "no pull came back for it");
    return new Gc(operations(), images, () -> List.of(orphan), List::of);
  }

  private RuntimeOperations operations() {
    return new RuntimeOperations(
        unset(),
        request ->
            StatusResponse.newBuilder()
                .addRuntimeHandlers(RuntimeHandler.newBuilder().setName("crij"))
                .putInfo("config", "{\"kernel\":\"6.1\",\"cgroupVersion\":\"V2\",\"cgroupDriver\":\"systemd\"}")
                .setStatus(
                    RuntimeStatus.newBuilder()
                        .addConditions(
                            RuntimeCondition.newBuilder().setType("NetworkReady").setStatus(networkReady).setReason("NotReady").setMessage("no CNI configuration.")))
                .build(),
        unset(),
        unset(),
        new RuntimeOperations.Pods(
            unset(),
            unset(),
            unset(),
            request ->
                PodSandboxStatusResponse.newBuilder()
                    .setStatus(PodSandboxStatus.newBuilder().setId(ID).setState(pods.getFirst().getState()).setCreatedAt(pods.getFirst().getCreatedAt()))
                    .addAllContainersStatuses(containers)
                    .putInfo("info", details)
                    .build(),
            request -> ListPodSandboxResponse.newBuilder().addAllItems(pods).build(),
            unset()),
        new RuntimeOperations.Containers(
            unset(), unset(), unset(), unset(), unset(),
            request ->
                ListContainersResponse.newBuilder()
                    .addAllContainers(
                        containers.stream()
                            .map(
                                status ->
                                    Container.newBuilder()
                                        .setId(status.getId())
                                        .setPodSandboxId(ID)
                                        .setMetadata(status.getMetadata())
                                        .setState(status.getState())
                                        .setImageId("used")
                                        .setCreatedAt(status.getCreatedAt())
                                        .build())
                            .toList())
                    .build(),
            unset(), unset(), unset()),
        new RuntimeOperations.Stats(unset(), unset(), unset(), unset(), unset(), unset()),
        () -> {
          throw new AssertionError("no report asks for this");
        },
        new RuntimeOperations.Streams(unset(), unset(), unset()));
  }

  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private void pod(PodSandboxState state) {
    pods.add(
        PodSandbox.newBuilder()
            .setId(ID)
            .setState(state)
            .setCreatedAt(now())
            .setMetadata(PodSandboxMetadata.newBuilder().setNamespace("default").setName("web"))
            .build());
  }

  private void container(String name, ContainerState state, int attempt, int code) {
    containers.add(
        ContainerStatus.newBuilder()
            .setId(("c" + attempt).repeat(32))
            .setState(state)
            .setMetadata(ContainerMetadata.newBuilder().setName(name).setAttempt(attempt))
            .setCreatedAt(now() + attempt)
            .setStartedAt(now())
            .setFinishedAt(now())
            .setExitCode(code)
            .setReason(code == 0 ? "" : "Error")
            .build());
  }

  private WhyReport why(String about) throws Exception {
    return (WhyReport) reports.why().answer(about);
  }

  @Test
  void aPodInTheMakingIsShownWithItsStage() throws Exception {
    journal.keep(
        "default/web",
        "RunPodSandbox",
        ID,
        work -> {
          work.enters("network");
          try {
            assertThat(why("web").answer()).contains("RunPodSandbox").contains("at the stage 'network' since");
            assertThat(((List<?>) reports.pods().answer("")).getFirst().toString()).contains("in the making").contains("network");
          } catch (Exception e) {
            throw new AssertionError(e);
          }
          return work;
        });
  }

  @Test
  void aPodThatCouldNotBeMadeHasTheReason() throws Exception {
    assertThatThrownBy(
            () ->
                journal.keep(
                    "default/web",
                    "RunPodSandbox",
                    ID,
                    work -> {
                      throw CriException.internal("The plugin bridge has no address left.", null);
                    }))
        .isInstanceOf(CriException.class);
    assertThat(why("default/web").answer()).contains("could not be made").contains("no address left");
  }

  @Test
  void aPodThatIsGoneNamesTheNodesTrouble() throws Exception {
    journal.keep("default/web", "RunPodSandbox", ID, work -> work);
    networkReady = false;
    assertThat(why("web").answer()).contains("not on this node any more").contains("no CNI configuration");
  }

  @Test
  void aContainerThatEndedIsTheAnswerAndOnlyItsLastAttempt() throws Exception {
    pod(PodSandboxState.SANDBOX_READY);
    container("app", ContainerState.CONTAINER_EXITED, 0, 1);
    container("app", ContainerState.CONTAINER_RUNNING, 1, 0);
    assertThat(why("web").answer()).contains("1 of 1 containers run");
    container("app", ContainerState.CONTAINER_EXITED, 2, 3);
    assertThat(why("web").answer()).contains("exit code 3 (Error)").contains("attempt 2");
    assertThat(why("web").state()).hasSize(4);
  }

  @Test
  void whatAStopWaitsForAndWhatIsLeftIsTold() throws Exception {
    pod(PodSandboxState.SANDBOX_NOTREADY);
    details =
        "{\"waitsFor\": {\"stage\": \"removal of its network\", \"sinceNanos\": 1}, \"pendingCleanups\": [{\"what\": \"network\", \"why\": \"DEL failed\", \"sinceNanos\": 1}]}";
    assertThat(why(ID.substring(0, 5)).now()).hasSize(2);
    assertThat(why("web").answer()).contains("removal of its network");
    assertThat(why("web").now().get(1)).contains("DEL failed");
  }

  @Test
  void aContainerIsFoundByNameAndId() throws Exception {
    pod(PodSandboxState.SANDBOX_READY);
    container("app", ContainerState.CONTAINER_RUNNING, 0, 0);
    assertThat(why("app").about()).isEqualTo("container app c0c0c0c0c0c0");
    assertThat(why("c0c0").answer()).startsWith("It runs for");
  }

  @Test
  void whatIsNotKnownIsSaidToBeElsewhere() {
    assertThatThrownBy(() -> why("nothing")).isInstanceOf(CriException.class).hasMessageContaining("Nothing on this node is named 'nothing'");
  }

  @Test
  void ofTwoPodsWithOneNameTheNamespaceIsWanted() {
    journal.keep("a/web", "RunPodSandbox", ID, work -> work);
    journal.keep("b/web", "RunPodSandbox", ID, work -> work);
    assertThatThrownBy(() -> why("web")).hasMessageContaining("a/web, b/web");
  }

  @Test
  void ofManyPodsThatANameCouldMeanTheFirstAreNamed() {
    for (int i = 0; i < 300; i++) {
      journal.keep("namespace-" + i + "/web", "RunPodSandbox", ID, work -> work);
    }
    assertThatThrownBy(() -> why("web")).hasMessageEndingWith("namespace-9/web, …; give more of the name or id.");
    assertThatThrownBy(() -> why("")).hasMessageContaining("No pod is named");
  }

  @Test
  void aTimelineHasTheStages() throws Exception {
    journal.keep(
        "default/web",
        "RunPodSandbox",
        ID,
        work -> {
          work.enters("cgroup");
          work.enters("network");
          return work;
        });
    TimelineReport timeline = (TimelineReport) reports.timeline().answer("web");
    assertThat(timeline.steps()).hasSize(1);
    assertThat(timeline.steps().getFirst().stages()).extracting(TimelineReport.Part::name).containsExactly("cgroup", "network");
  }

  @Test
  void aPodOfAnEarlierDaemonHasNoTimeline() {
    pod(PodSandboxState.SANDBOX_READY);
    assertThatThrownBy(() -> reports.timeline().answer("web")).hasMessageContaining("before the daemon started");
  }

  @Test
  void whatCouldGoIsToldWithTheReasonsOfWhatStays() throws Exception {
    pod(PodSandboxState.SANDBOX_READY);
    container("app", ContainerState.CONTAINER_RUNNING, 0, 0);
    GcReport report = (GcReport) reports.gc().answer("explain");
    assertThat(report.removed()).isFalse();
    assertThat(report.leftovers()).containsExactly(new GcReport.Leftover("partial blob", "/i/partial/x", "no pull came back for it"));
    assertThat(report.images()).extracting(GcReport.ImageRow::name).containsExactly("app@sha256:0", "pause:1", "app:1");
    assertThat(report.images()).extracting(GcReport.ImageRow::couldGo).containsExactly(true, false, false);
    assertThat(report.images().get(1).why()).contains("pinned");
    assertThat(report.images().get(2).why()).isEqualTo("used by 1 container: app");
    assertThat(report.kept()).isEmpty();
    GcReport failed = (GcReport) reports.gc().answer("run");
    assertThat(failed.leftovers()).isEmpty();
    assertThat(failed.kept()).as("what is still there").isEqualTo(report.leftovers());
    assertThatThrownBy(() -> reports.gc().answer("everything")).isInstanceOf(CriException.class);
  }

  @Test
  void ofAPodFromBeforeARestartItIsToldThatMoreWasKnown() throws Exception {
    pods.add(PodSandbox.newBuilder().setId(ID).setState(PodSandboxState.SANDBOX_READY).setCreatedAt(now()).setMetadata(PodSandboxMetadata.newBuilder().setNamespace("default").setName("web")).build());
    assertThat(((WhyReport) reports.why().answer("web")).state()).noneMatch(line -> line.contains("stands in its log alone"));
    pods.set(0, pods.getFirst().toBuilder().setCreatedAt(1).build());
    assertThat(((WhyReport) reports.why().answer("web")).state()).anyMatch(line -> line.contains("stands in its log alone"));
  }

  @Test
  void theStatusCounts() throws Exception {
    pod(PodSandboxState.SANDBOX_READY);
    container("app", ContainerState.CONTAINER_RUNNING, 0, 0);
    StatusReport status = (StatusReport) reports.status().answer("");
    assertThat(status.readyPods()).isEqualTo(1);
    assertThat(status.containers()).containsEntry("running", 1);
    assertThat(status.conditions()).containsEntry("NetworkReady", "ok");
    assertThat(status.residentBytes()).isPositive();
    assertThat(status.kernel()).isEqualTo("6.1");
    assertThat(status.cgroups()).isEqualTo("V2, driver systemd");
    assertThat(status.handlers()).containsExactly("crij");
    assertThat(status.imageBytes()).isEqualTo(1000);
    assertThat(status.containerBytes()).isEqualTo(20);
    ContainerRow row = (ContainerRow) ((List<?>) reports.containers().answer("")).getFirst();
    assertThat(row.pod()).isEqualTo("default/web");
    assertThat(row.state()).isEqualTo("running");
  }
}
