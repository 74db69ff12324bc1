package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.crij.core.CriException;
import io.crij.cri.CheckpointContainerRequest;
import io.crij.cri.CheckpointPodRequest;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RestorePodRequest;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.VersionRequest;
import io.crij.daemon.host.StartException;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CriServerTest {
  @TempDir Path folder;
  private final FakeOperations fake = new FakeOperations();
  private Path socket;
  private CriServer server;
  private TestChannel client;
  private ManagedChannel channel;

  @BeforeEach
  void listen() throws Exception {
    socket = folder.resolve("made/crij.sock");
    server = CriServer.listen(socket, List.of(myGid()), fake.runtime(), fake.images(), fake.reports(), fake.calls);
    client = new TestChannel(socket);
    channel = client.channel;
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  private int myGid() throws Exception {
    return (Integer) Files.getAttribute(folder, "unix:gid");
  }

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  @Test
  void answersOnASocketOfMode0660() throws Exception {
    assertThat(runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName()).isEqualTo("fake");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-rw----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent()))).isEqualTo("rwx--x--x");
  }

  @Test
  void anErrorOfAnOperationArrivesWithItsCodeAndSentence() {
    fake.runPod =
        request -> {
          throw CriException.invalid("The pod has no metadata.");
        };
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(RunPodSandboxRequest.getDefaultInstance()));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused.getStatus().getDescription()).isEqualTo("The pod has no metadata.");
  }

  @Test
  void largeRequestsTogetherAreBoundedAndSmallOnesGetThrough() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    java.util.concurrent.atomic.AtomicInteger served = new java.util.concurrent.atomic.AtomicInteger();
    fake.runPod =
        request -> {
          served.incrementAndGet();
          hold.await();
          return RunPodSandboxResponse.getDefaultInstance();
        };
    RunPodSandboxRequest large = RunPodSandboxRequest.newBuilder().setRuntimeHandler("x".repeat(15 << 20)).build();
    try (var clients = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Future<Status.Code>> answers = new java.util.ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(
            clients.submit(
                () -> {
                  StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS).runPodSandbox(large));
                  return refused == null ? Status.Code.OK : refused.getStatus().getCode();
                }));
      }
      List<Status.Code> refused = new java.util.ArrayList<>();
      while (refused.size() < 4) {
        assertThat(runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName()).isEqualTo("fake");
        refused.clear();
        answers.stream().filter(java.util.concurrent.Future::isDone).forEach(answer -> refused.add(answer.resultNow()));
      }
      assertThat(refused).hasSize(4).containsOnly(Status.Code.RESOURCE_EXHAUSTED);
      hold.countDown();
      for (var answer : answers) {
        answer.get();
      }
      assertThat(served).hasValue(2);
    }
    assertThat(fake.metered).filteredOn(call -> call.equals("RunPodSandbox RESOURCE_EXHAUSTED")).hasSize(4);
    assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(large))).as("the budget is whole again").isNull();
  }

  @Test
  @Timeout(60)
  void aRequestOfAMillionSmallFieldsIsRefusedBeforeItFillsTheHeap() {
    fake.runPod = request -> RunPodSandboxResponse.getDefaultInstance();
    assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(withLabels(30_000)))).as("large, and possible").isNull();
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(withLabels(200_000)));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getStatus().getDescription()).contains("more than 100000 fields");
    while (!fake.calls.underway().isEmpty()) {
      Thread.onSpinWait(); // it is over for its client first
    }
    assertThat(fake.metered).contains("RunPodSandbox RESOURCE_EXHAUSTED");
    assertThat(runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName()).isEqualTo("fake");
  }

  @Test
  void numbersThatArePackedAndFieldsOfAnUnknownGroupAreCountedToo() throws Exception {
    fake.runPod = request -> RunPodSandboxResponse.getDefaultInstance();
    assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(withGroups(65_536)))).as("as many as Linux takes").isNull();
    ByteString.Output group = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(group);
    out.writeTag(1000, WireFormat.WIRETYPE_START_GROUP);
    for (int i = 0; i < 200_000; i++) {
      out.writeInt32(1, 1);
    }
    out.writeTag(1000, WireFormat.WIRETYPE_END_GROUP);
    out.flush();
    for (RunPodSandboxRequest request : List.of(withGroups(200_000), RunPodSandboxRequest.parseFrom(group.toByteString()))) {
      StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> runtime().runPodSandbox(request));
      assertThat(refused.getStatus().getDescription()).contains("more than 100000 fields");
    }
  }

  private static RunPodSandboxRequest withGroups(int groups) {
    LinuxSandboxSecurityContext security =
        LinuxSandboxSecurityContext.newBuilder().addAllSupplementalGroups(Collections.nCopies(groups, 1L)).build();
    return RunPodSandboxRequest.newBuilder()
        .setConfig(PodSandboxConfig.newBuilder().setLinux(LinuxPodSandboxConfig.newBuilder().setSecurityContext(security)))
        .build();
  }

  private static RunPodSandboxRequest withLabels(int labels) {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder();
    for (int i = 0; i < labels; i++) {
      config.putLabels(Integer.toString(i), "");
    }
    return RunPodSandboxRequest.newBuilder().setConfig(config).build();
  }

  @Test
  void anArchiveInLargePiecesIsRefused() throws Exception {
    fake.load =
        archive -> {
          archive.readAllBytes();
          return List.of();
        };
    var call = ClientCalls.blockingClientStreamingCall(channel, AdminEndpoint.LOAD, CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS));
    call.write(BytesValue.of(ByteString.copyFrom(new byte[2 << 20])));
    assertThatThrownBy(call::read).isInstanceOf(StatusException.class).hasMessageContaining("send smaller ones");
  }

  @Test
  void aPackedRequestIsRefused() {
    RunPodSandboxRequest large = RunPodSandboxRequest.newBuilder().setRuntimeHandler("x".repeat(15 << 20)).build();
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> runtime().withCompression("gzip").runPodSandbox(large));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void rpcsOfLaterVersionsSaySoInASentence() {
    List.<Runnable>of(
            () -> runtime().checkpointContainer(CheckpointContainerRequest.getDefaultInstance()),
            () -> runtime().checkpointPod(CheckpointPodRequest.getDefaultInstance()),
            () -> runtime().restorePod(RestorePodRequest.getDefaultInstance()))
        .forEach(
            call -> {
              StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
              assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
              assertThat(refused.getStatus().getDescription()).contains("by this version").endsWith(".");
            });
  }

  @Test
  void aClientThatLeavesInterruptsItsPullAndItsExec() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    fake.pull =
        request -> {
          began.countDown();
          return blockForEver(ended, done);
        };
    var call = ImageServiceGrpc.newFutureStub(channel).pullImage(PullImageRequest.getDefaultInstance());
    assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
    call.cancel(true);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ended.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void aDeadlineInterruptsAnExec() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    fake.execSync = request -> blockForEver(ended, done);
    runtime().version(VersionRequest.getDefaultInstance()); // else the deadline may be over before there is a connection
    assertThatThrownBy(() -> RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(200, TimeUnit.MILLISECONDS).execSync(ExecSyncRequest.getDefaultInstance()))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ended.get()).isInstanceOf(InterruptedException.class);
  }

  private static <S> S blockForEver(AtomicReference<Throwable> ended, CountDownLatch done) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
      throw new AssertionError("nothing counts down");
    } catch (InterruptedException e) {
      ended.set(e);
      throw e;
    } finally {
      done.countDown();
    }
  }

  @Test
  void aPodThatIsBeingMadeIsFinishedEvenIfItsClientLeft() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch clientLeft = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    fake.runPod =
        request -> {
          began.countDown();
          clientLeft.await();
          finished.countDown();
          return RunPodSandboxResponse.getDefaultInstance();
        };
    var call = RuntimeServiceGrpc.newFutureStub(channel).runPodSandbox(RunPodSandboxRequest.getDefaultInstance());
    assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
    call.cancel(true);
    clientLeft.countDown();
    assertThat(finished.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stopWaitsForTheCallInFlightAndRemovesTheSocket() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    fake.runPod =
        request -> {
          began.countDown();
          release.await();
          return RunPodSandboxResponse.newBuilder().setPodSandboxId("id").build();
        };
    var call = RuntimeServiceGrpc.newFutureStub(channel).runPodSandbox(RunPodSandboxRequest.getDefaultInstance());
    assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
    Thread stopping = Thread.startVirtualThread(() -> stop(Duration.ofSeconds(10)));
    release.countDown();
    assertThat(call.get(10, TimeUnit.SECONDS).getPodSandboxId()).isEqualTo("id");
    stopping.join();
    assertThat(socket).doesNotExist();
  }

  private void stop(Duration patience) {
    try {
      server.stop(patience);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aSocketThatIsAnsweredIsLeftAlone() {
    assertThatThrownBy(() -> CriServer.listen(socket, List.of(), fake.runtime(), fake.images(), fake.reports(), fake.calls))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("another process answers on " + socket);
    assertThat(runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName()).isEqualTo("fake");
  }

  @Test
  void aStaleSocketIsReplaced() throws Exception {
    Path stale = folder.resolve("stale.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(stale));
    }
    assertThat(stale).exists();
    try (CriServer second = CriServer.listen(stale, List.of(), fake.runtime(), fake.images(), fake.reports(), fake.calls)) {
      assertThat(second).isNotNull();
      assertThat(stale).exists();
    }
  }

  @Test
  void aFileThatIsNoSocketIsNeverRemoved() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious"), "data");
    assertThatThrownBy(() -> CriServer.listen(precious, List.of(), fake.runtime(), fake.images(), fake.reports(), fake.calls))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("is not a socket");
    assertThat(precious).hasContent("data");
  }
}
