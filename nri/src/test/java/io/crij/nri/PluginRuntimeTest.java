package io.crij.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.MessageLite;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.NriSettings.OnFailure;
import io.crij.nri.api.ConfigureResponse;
import io.crij.nri.api.Container;
import io.crij.nri.api.Empty;
import io.crij.nri.api.Event;
import io.crij.nri.api.PodSandbox;
import io.crij.nri.api.RegisterPluginRequest;
import io.crij.nri.api.SynchronizeRequest;
import io.crij.nri.api.SynchronizeResponse;
import io.crij.nri.api.ValidateContainerAdjustmentResponse;
import io.crij.nri.wire.CallRefused;
import io.crij.nri.wire.TestPeer;
import io.crij.nri.wire.proto.Request;
import io.crij.nri.wire.proto.Response;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PluginRuntimeTest {
  private static final PodSandbox POD = PodSandbox.newBuilder().setId("p1").build();
  private static final Container CONTAINER = Container.newBuilder().setId("c1").setPodSandboxId("p1").build();
  private static final Duration PATIENT = Duration.ofSeconds(20);

  private final AboutPod aboutPod = new AboutPod("p1", () -> POD, new EndTold());
  private final AboutContainer about = new AboutContainer("c1", () -> POD, () -> CONTAINER, new EndTold());

  @TempDir Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final BlockingQueue<String> runPods = new LinkedBlockingQueue<>();
  private Nri nri = Nri.NONE;

  /** A node with one pod. */
  private static final class OnePod implements Node {
    @Override
    public List<PodSandbox> pods() {
      return List.of(PodSandbox.newBuilder().setId("there").build());
    }

    @Override
    public List<Container> containers() {
      return List.of();
    }

    @Override
    public void update(String containerId, LinuxContainerResources resources) {}

    @Override
    public void evict(String containerId) {}
  }

  /** A plugin that answers as told, and keeps what it is called with. */
  private final class Fake {
    final BlockingQueue<String> called = new LinkedBlockingQueue<>();
    final Map<String, MessageLite> answers = new ConcurrentHashMap<>();
    final CountDownLatch synchronizing = new CountDownLatch(1);
    final List<String> silent = new ArrayList<>();
    volatile SynchronizeRequest told = SynchronizeRequest.getDefaultInstance();
    String label = "";
    int events;
    private @Nullable TestPeer peer;

    Fake connect(String index, String name) throws Exception {
      label = index;
      SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("nri.sock")));
      TestPeer own = new TestPeer(channel, this::answer);
      peer = own;
      open.add(own);
      RegisterPluginRequest request = RegisterPluginRequest.newBuilder().setPluginIdx(index).setPluginName(name).build();
      Response reply = own.call("nri.pkg.api.v1alpha1.Runtime", "RegisterPlugin", request);
      assertThat(reply.getStatus().getMessage()).isEmpty();
      synchronizing.await();
      return this;
    }

    private Optional<MessageLite> answer(Request request) {
      try {
        called.add(request.getMethod());
        if (request.getMethod().equals("RunPodSandbox")) {
          runPods.add(label);
        }
        if (silent.contains(request.getMethod())) {
          return Optional.empty();
        }
        return switch (request.getMethod()) {
          case "Configure" -> Optional.of(ConfigureResponse.newBuilder().setEvents(events).build());
          case "Synchronize" -> {
            told = SynchronizeRequest.parseFrom(request.getPayload());
            synchronizing.countDown();
            yield Optional.of(SynchronizeResponse.getDefaultInstance());
          }
          default -> Optional.of(answers.getOrDefault(request.getMethod(), Empty.getDefaultInstance()));
        };
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    /** As an installed one does: the name is known already. */
    void register(SocketChannel channel) {
      peer = new TestPeer(channel, this::answer);
      try {
        peer.call("nri.pkg.api.v1alpha1.Runtime", "RegisterPlugin", RegisterPluginRequest.getDefaultInstance());
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    void close() {
      java.util.Objects.requireNonNull(peer).close();
    }

    void awaitEnd() throws InterruptedException {
      java.util.Objects.requireNonNull(peer).awaitEnd();
    }

    /** The next call that is no part of the registration. */
    String next() throws InterruptedException {
      String method = called.poll(10, TimeUnit.SECONDS);
      return method == null || !List.of("Configure", "Synchronize").contains(method) ? String.valueOf(method) : next();
    }
  }

  private void start(OnFailure onFailure, Duration request, NriSettings.Rule... rules) {
    NriSettings settings =
        new NriSettings(
            folder.resolve("nri.sock"), folder.resolve("plugins"), folder.resolve("conf"), PATIENT, request, onFailure, List.of(rules));
    PluginRuntime runtime =
        new PluginRuntime(
            settings,
            "test",
            (program, environment) -> {
              throw new AssertionError("there is nothing to launch");
            });
    open.add(runtime);
    nri = runtime.hooks();
    runtime.start(new OnePod());
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void aPluginIsToldOfWhatThereIsAndThenOfWhatItWants() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Fake plugin = new Fake();
    plugin.events = 1 << (Event.RUN_POD_SANDBOX_VALUE - 1) | 1 << (Event.REMOVE_CONTAINER_VALUE - 1);
    plugin.connect("10", "some");
    assertThat(plugin.told.getPodsList()).extracting(PodSandbox::getId).containsExactly("there");
    nri.startContainer(about);
    nri.runPodSandbox(aboutPod);
    assertThat(plugin.next()).isEqualTo("RunPodSandbox");
    nri.removeContainer(about);
    assertThat(plugin.next()).isEqualTo("RemoveContainer");
  }

  @Test
  void pluginsAreCalledInTheOrderOfTheirIndex() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    for (String index : List.of("50", "00", "10")) {
      new Fake().connect(index, "p");
    }
    runPods.clear();
    nri.runPodSandbox(aboutPod);
    assertThat(runPods).containsExactly("00", "10", "50");
  }

  @Test
  void whatWasInTheMakingIsToldToANewPlugin() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    nri.runPodSandbox(aboutPod);
    assertThat(new Fake().connect("00", "early").told.getPodsList()).extracting(PodSandbox::getId).containsExactlyInAnyOrder("there", "p1");
    nri.podIsShown("p1");
    assertThat(new Fake().connect("00", "late").told.getPodsList()).extracting(PodSandbox::getId).containsExactly("there");
  }

  @Test
  void aRefusalFailsWhatMayFailAndNothingElse() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Fake plugin = new Fake();
    for (String method : List.of("RunPodSandbox", "CreateContainer", "StopContainer", "RemoveContainer")) {
      plugin.answers.put(method, TestPeer.refusal(2, "because\nof this"));
    }
    plugin.connect("00", "nay");
    assertThatThrownBy(() -> nri.runPodSandbox(aboutPod))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessage("NRI plugin 00-nay refused RunPodSandbox: because of this; its log may say more.");
    assertThatThrownBy(() -> nri.createContainer(about)).hasMessageContaining("refused CreateContainer");
    nri.removeContainer(about);
  }

  @Test
  void anOldPluginHearsOfStateChanges() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Fake plugin = new Fake();
    plugin.answers.put("RunPodSandbox", TestPeer.refusal(CallRefused.UNIMPLEMENTED, "what?"));
    plugin.connect("00", "old");
    nri.runPodSandbox(aboutPod);
    assertThat(plugin.next()).isEqualTo("RunPodSandbox");
    assertThat(plugin.next()).isEqualTo("StateChange");
  }

  @Test
  void aPluginThatHangsIsDroppedAndTheRequestGoesOn() throws Exception {
    start(OnFailure.IGNORE, Duration.ofSeconds(1));
    Fake plugin = new Fake();
    plugin.silent.add("RunPodSandbox");
    plugin.connect("00", "hangs");
    nri.runPodSandbox(aboutPod);
    plugin.awaitEnd();
    nri.createContainer(about);
    assertThat(plugin.called).doesNotContain("CreateContainer");
  }

  @Test
  void withFailTheRequestFailsAndSoDoTheNextUntilThePluginIsBack() throws Exception {
    start(OnFailure.FAIL, Duration.ofSeconds(1));
    nri.runPodSandbox(aboutPod);
    Fake plugin = new Fake();
    plugin.silent.add("RunPodSandbox");
    plugin.connect("00", "vital");
    assertThatThrownBy(() -> nri.runPodSandbox(aboutPod))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining("NRI plugin 00-vital failed in RunPodSandbox (it did not answer within 1000 ms)");
    assertThatThrownBy(() -> nri.createContainer(about)).hasMessageContaining("00-vital is not connected");
    // What ends must be able to end.
    nri.stopPodSandbox(aboutPod);
    nri.removePodSandbox(aboutPod);
    new Fake().connect("00", "vital");
    nri.runPodSandbox(aboutPod);
  }

  @Test
  void aPluginThatIsNamedWithFailHasToBeThere() throws Exception {
    start(OnFailure.IGNORE, PATIENT, new NriSettings.Rule("vital", Duration.ofSeconds(1), OnFailure.FAIL));
    assertThatThrownBy(() -> nri.runPodSandbox(aboutPod)).hasMessageContaining("NRI plugin vital is not connected");
    Fake plugin = new Fake();
    plugin.silent.add("CreateContainer");
    plugin.connect("33", "vital");
    nri.runPodSandbox(aboutPod);
    assertThatThrownBy(() -> nri.createContainer(about)).hasMessageContaining("within 1000 ms");
  }

  @Test
  void aValidatorIsAskedEvenIfNobodyAdjusts() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Fake validator = new Fake();
    validator.events = 1 << (Event.VALIDATE_CONTAINER_ADJUSTMENT_VALUE - 1);
    validator.answers.put(
        "ValidateContainerAdjustment", ValidateContainerAdjustmentResponse.newBuilder().setReject(true).setReason("somebody is missing").build());
    validator.connect("90", "strict");
    assertThatThrownBy(() -> nri.createContainer(about))
        .hasMessage("NRI validator 90-strict rejected the adjustments of the other plugins: somebody is missing.");
  }

  @Test
  void aValidatorThatFailsHasAllowedNothing() throws Exception {
    start(OnFailure.IGNORE, Duration.ofSeconds(1));
    Fake validator = new Fake();
    validator.silent.add("ValidateContainerAdjustment");
    validator.connect("90", "slow");
    assertThatThrownBy(() -> nri.createContainer(about)).hasMessageContaining("NRI validator 90-slow failed");
  }

  @Test
  void theStopIsToldOnceWhoeverTellsIt() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Fake plugin = new Fake().connect("00", "counts");
    nri.stopContainer(about);
    nri.stopContainer(about);
    nri.removeContainer(about);
    assertThat(List.of(plugin.next(), plugin.next())).containsExactly("StopContainer", "RemoveContainer");
    nri.removePodSandbox(aboutPod);
    assertThat(List.of(plugin.next(), plugin.next())).containsExactly("StopPodSandbox", "RemovePodSandbox");
    // Whoever saw the end tells it in its own time, which may be after the removal.
    nri.stopContainer(about);
    nri.stopPodSandbox(aboutPod);
    nri.runPodSandbox(aboutPod);
    assertThat(plugin.next()).isEqualTo("RunPodSandbox");
  }

  @Test
  void anInstalledPluginIsConfiguredAndStartedAgainWhenItEnds() throws Exception {
    Path program = Files.createDirectories(folder.resolve("plugins")).resolve("42-installed");
    Files.setPosixFilePermissions(Files.createFile(program), PosixFilePermissions.fromString("rwx------"));
    BlockingQueue<Fake> launched = new LinkedBlockingQueue<>();
    BlockingQueue<String> killed = new LinkedBlockingQueue<>();
    NriSettings settings =
        new NriSettings(
            folder.resolve("nri.sock"), folder.resolve("plugins"), folder.resolve("conf"), PATIENT, PATIENT, OnFailure.IGNORE, List.of());
    PluginLauncher launcher =
        (path, environment) -> {
          assertThat(environment).containsEntry("NRI_PLUGIN_NAME", "installed").containsEntry("NRI_PLUGIN_IDX", "42").containsEntry("NRI_PLUGIN_SOCKET", "3");
          TestPeer.Pair pair = TestPeer.Pair.in(folder);
          Fake plugin = new Fake();
          launched.add(plugin);
          Thread.ofVirtual().start(() -> plugin.register(pair.theirs()));
          return new PluginLauncher.Launched() {
            @Override
            public SocketChannel channel() {
              return pair.ours();
            }

            @Override
            public void close() {
              killed.add("killed");
            }
          };
        };
    try (PluginRuntime installed = new PluginRuntime(settings, "test", launcher, Duration.ofMillis(1))) {
      installed.start(new OnePod());
      Fake first = launched.take();
      assertThat(first.called).contains("Configure", "Synchronize");
      first.close();
      assertThat(killed.take()).isEqualTo("killed");
      Fake second = launched.take();
      second.synchronizing.await();
      installed.hooks().runPodSandbox(aboutPod);
      assertThat(second.next()).isEqualTo("RunPodSandbox");
    }
    assertThat(killed.take()).isEqualTo("killed");
    assertThat(launched).isEmpty();
  }

  @Test
  void wrongNamesAndEventsOfTheFutureAreRefused() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    for (String index : List.of("1", "100", "ab", "")) {
      assertThatThrownBy(() -> new Fake().connect(index, "name")).isInstanceOf(AssertionError.class).hasMessageContaining("index");
    }
    assertThatThrownBy(() -> new Fake().connect("00", "a/b")).isInstanceOf(AssertionError.class).hasMessageContaining("name");
    Fake future = new Fake();
    future.events = 1 << 14;
    future.synchronizing.countDown();
    future.connect("00", "future");
    future.awaitEnd();
  }

  @Test
  void theSocketIsForItsOwnerAloneAndAnothersIsLeftAlone() throws Exception {
    start(OnFailure.IGNORE, PATIENT);
    Path socket = folder.resolve("nri.sock");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-------");
    assertThatThrownBy(() -> PluginSocket.listen(socket)).isInstanceOf(IOException.class).hasMessageContaining("another runtime listens");
    open.removeFirst().close();
    assertThat(socket).doesNotExist();
  }

  @Test
  void aSocketThatNobodyServesIsReplaced() throws Exception {
    Path socket = folder.resolve("nri.sock");
    PluginSocket.listen(socket).close();
    Files.createFile(socket);
    start(OnFailure.IGNORE, PATIENT);
    new Fake().connect("00", "name");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(socket);
    }
  }
}
