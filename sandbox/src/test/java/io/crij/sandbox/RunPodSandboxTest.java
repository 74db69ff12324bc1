package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.core.RecordFile;
import io.crij.cri.DNSConfig;
import io.crij.cri.ContainerStatus;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.NamespaceMode;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.helper.plan.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunPodSandboxTest {
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

  private PodSandboxStatusResponse status(String id) {
    return new PodSandboxStatus(node.host, node)
        .run(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build());
  }

  @Test
  void madeInOrderAndReady() {
    ObjectId id = run("web");

    assertThat(node.events).containsSubsequence("monitor", "connect", "setup", "network").contains("mkdirs /var/log/pods/web");
    var status = status(id.hex()).getStatus();
    assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(status.getNetwork().getIp()).isEqualTo("192.0.2.7");
    assertThat(status.getNetwork().getAdditionalIps(0).getIp()).isEqualTo("2001:db8::7");
    assertThat(status.getLabelsMap()).containsEntry("app", "web");
    assertThat(status.getAnnotationsMap()).containsEntry("note", "kept");
    assertThat(status.getCreatedAt()).isPositive();
    assertThat(status.getMetadata().getAttempt()).isEqualTo(1);
    assertThat(node.cgroupFolder.resolve("crij/pod" + id)).isDirectory();
  }

  @Test
  void itsStatusHasItsContainersAndTheTimeAtWhichAllOfThatWasTrue() {
    ObjectId id = run("web");
    var response = status(id.hex());
    assertThat(response.getContainersStatusesList()).extracting(ContainerStatus::getId).containsExactly("of-" + id);
    assertThat(response.getTimestamp()).isGreaterThanOrEqualTo(response.getStatus().getCreatedAt());
  }

  @Test
  void theMonitorGetsWhatThePodAskedFor() {
    ObjectId id =
        new ObjectId(
            runs.run(Pods.request(Pods.config("web").setLinux(LinuxPodSandboxConfig.newBuilder().putSysctls("kernel.shm_rmid_forced", "1"))))
                .getPodSandboxId());

    var setup = node.setup(id);
    assertThat(setup.own()).containsExactlyInAnyOrder(Namespace.NET, Namespace.UTS, Namespace.IPC, Namespace.PID);
    assertThat(setup.hostname()).isEqualTo("host-web");
    assertThat(setup.netnsPin()).isEqualTo(node.folders.netnsPin(id));
    assertThat(setup.sysctls()).containsEntry("kernel/shm_rmid_forced", "1").containsEntry("net/ipv4/ip_unprivileged_port_start", "0");
  }

  @Test
  void hostNetworkHasNoNetworkNoAddressAndSyncsNothing() {
    long before = RecordFile.syncs();
    ObjectId id = new ObjectId(runs.run(Pods.request(Pods.hostNetwork("node"))).getPodSandboxId());

    assertThat(RecordFile.syncs()).isEqualTo(before);
    assertThat(node.events).doesNotContain("network");
    var status = status(id.hex()).getStatus();
    assertThat(status.getNetwork().getIp()).isEmpty();
    assertThat(status.getLinux().getNamespaces().getOptions().getNetwork()).isEqualTo(NamespaceMode.NODE);
    assertThat(node.setup(id).own()).isEmpty();
    assertThat(node.setup(id).hostname()).isNull();
    ReadySandbox ready = new Sandboxes(node.store, node.folders).ready(id);
    assertThat(ready.hostname()).isEqualTo("node-1");
    assertThat(ready.netns()).isNull();
  }

  @Test
  void aPodOnTheNetworkSyncsNothingBesideTheNetworksOwnIntent() {
    long before = RecordFile.syncs();
    run("web");
    assertThat(RecordFile.syncs()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkdirs /var/log/pods/web", "monitor", "connect", "setup", "network"})
  void aFaultAtAnyStepLeavesNothingAndTheSameRequestWorksAgain(String step) throws IOException {
    node.failing.add(step);
    assertThatThrownBy(() -> run("web")).isInstanceOf(CriException.class).hasMessageContaining(step + " failed as told");

    assertThat(node.leftovers()).isEmpty();
    assertThat(node.store.all()).isEmpty();
    node.failing.clear();
    ObjectId id = run("web");
    assertThat(status(id.hex()).getStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
  }

  @Test
  void aFaultInTheNetworkIsUndoneInReverse() {
    node.failing.add("network");
    assertThatThrownBy(() -> run("web")).isInstanceOf(CriException.class);
    assertThat(node.events).containsSubsequence("monitor", "connect", "setup", "network", "network-remove", "shutdown");
  }

  @Test
  void aCgroupThatCannotBeMadeLeavesNothing() throws IOException {
    Files.createFile(node.cgroupFolder.resolve("crij"));
    assertThatThrownBy(() -> run("web")).isInstanceOf(CriException.class).hasMessageContaining("crij");
    Files.delete(node.cgroupFolder.resolve("crij"));
    assertThat(node.leftovers()).isEmpty();
    assertThat(node.events).doesNotContain("monitor");
  }

  @Test
  void whatCannotBeUndoneStaysListedWithItsReasonAndFreesTheName() throws IOException {
    node.failing.addAll(List.of("network", "network-remove"));
    assertThatThrownBy(() -> run("web")).isInstanceOf(CriException.class).hasMessageContaining("network failed");

    var items = new ListPodSandbox(node.store).run(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
    assertThat(items).hasSize(1);
    assertThat(items.getFirst().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    String id = items.getFirst().getId();
    assertThat(status(id).getInfoOrThrow("info")).contains("network-remove failed as told");

    node.failing.clear();
    run("web");
    new RemovePodSandbox(node.host, node).run(io.crij.cri.RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    assertThat(node.store.visible()).hasSize(1);
    assertThat(node.leftovers().keySet()).noneMatch(path -> path.contains(id.substring(0, 12)));
  }

  @Test
  void theNameIsTakenWhileThePodIsThere() {
    ObjectId id = run("web");
    assertThatThrownBy(() -> run("web"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS))
        .hasMessageContaining(id.hex());
  }

  @Test
  void aRetryJoinsAndOtherContentsAreRefusedAndNothingIsListedMeanwhile() throws Exception {
    CountDownLatch inAdd = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    node.duringAdd =
        () -> {
          inAdd.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    CompletableFuture<ObjectId> first = CompletableFuture.supplyAsync(() -> run("web"));
    inAdd.await();
    assertThat(new ListPodSandbox(node.store).run(ListPodSandboxRequest.getDefaultInstance()).getItemsList()).isEmpty();
    assertThatThrownBy(() -> runs.run(Pods.request(Pods.config("web").setHostname("other"))))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
    CompletableFuture<ObjectId> retry = new CompletableFuture<>();
    Thread second = Thread.ofPlatform().start(() -> retry.complete(run("web")));
    while (second.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    goOn.countDown();

    assertThat(retry.get()).isEqualTo(first.get());
    assertThat(node.events.stream().filter("monitor"::equals)).hasSize(1);
  }

  @Test
  void aMonitorThatDiesMeanwhileFailsTheCall() throws IOException {
    node.duringAdd =
        () -> {
          ObjectId id = node.processes.keySet().iterator().next();
          Sandbox sandbox = node.store.all().getFirst();
          node.monitorDies(id);
          while (sandbox.monitor() != null) {
            Thread.onSpinWait();
          }
        };
    assertThatThrownBy(() -> run("web")).isInstanceOf(CriException.class).hasMessageContaining("ended while the pod was made");
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void filesOfThePod() throws IOException {
    ObjectId id =
        new ObjectId(
            runs.run(
                    Pods.request(
                        Pods.config("web")
                            .setDnsConfig(
                                DNSConfig.newBuilder().addServers("192.0.2.1").addServers("192.0.2.2").addSearches("a.example").addSearches("b.example").addOptions("ndots:5"))))
                .getPodSandboxId());
    PodFiles files = new Sandboxes(node.store, node.folders).ready(id.hex().substring(0, 8)).files();
    assertThat(files.resolvConf()).hasContent("nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch a.example b.example\noptions ndots:5\n");
    assertThat(files.hostname()).hasContent("host-web\n");
    assertThat(files.hosts()).hasContent("127.0.0.1 localhost\n");
    PodFiles copied = PodFiles.in(node.folders.files(run("plain")));
    assertThat(copied.resolvConf()).hasContent("nameserver 192.0.2.53\n");
    PodFiles empty = PodFiles.in(node.folders.files(new ObjectId(
        runs.run(Pods.request(Pods.config("empty").setDnsConfig(DNSConfig.getDefaultInstance()))).getPodSandboxId())));
    assertThat(empty.resolvConf()).isEmptyFile();
  }

  @Test
  void foldersOfAMissingCgroupParentGoWithTheLastPodThatUsesThem() throws IOException {
    LinuxPodSandboxConfig.Builder linux = LinuxPodSandboxConfig.newBuilder().setCgroupParent("/made/");
    String a = runs.run(Pods.request(Pods.config("a").setLinux(linux))).getPodSandboxId();
    String b = runs.run(Pods.request(Pods.config("b").setLinux(linux))).getPodSandboxId();
    Path folder = node.cgroupFolder.resolve("made");
    Files.createDirectory(folder.resolve("container-of-b"));
    RemovePodSandbox removes = new RemovePodSandbox(node.host, node);
    removes.run(io.crij.cri.RemovePodSandboxRequest.newBuilder().setPodSandboxId(a).build());
    assertThat(folder).isDirectory();
    Files.delete(folder.resolve("container-of-b"));
    removes.run(io.crij.cri.RemovePodSandboxRequest.newBuilder().setPodSandboxId(b).build());
    assertThat(folder).doesNotExist();
  }

  @Test
  void aParentThatKubeletMadeIsLeftAlone() throws IOException {
    for (String tree : List.of("memory", "pids")) {
      Files.createDirectories(node.cgroupFolder.resolveSibling(tree).resolve("kubepods/pod1"));
    }
    LinuxPodSandboxConfig.Builder linux = LinuxPodSandboxConfig.newBuilder().setCgroupParent("/kubepods/pod1");
    String id = runs.run(Pods.request(Pods.config("a").setLinux(linux))).getPodSandboxId();
    assertThat(node.store.get(id).record().madeCgroups()).isEmpty();
    new RemovePodSandbox(node.host, node).run(io.crij.cri.RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    assertThat(node.cgroupFolder.resolve("kubepods/pod1")).isDirectory();
  }
}
