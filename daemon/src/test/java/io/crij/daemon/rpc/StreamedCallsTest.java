package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crij.container.EventSubscription;
import io.crij.core.CriException;
import io.crij.cri.ContainerEventResponse;
import io.crij.cri.GetEventsRequest;
import io.crij.cri.ListPodSandboxResponse;
import io.crij.cri.PodSandbox;
import io.crij.cri.PodSandboxFilter;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.StreamPodSandboxesRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StreamedCallsTest {
  @TempDir Path folder;
  private final FakeOperations fake = new FakeOperations();
  private CriServer server;
  private TestChannel client;
  private ManagedChannel channel;

  @BeforeEach
  void listen() throws Exception {
    Path socket = folder.resolve("crij.sock");
    server = CriServer.listen(socket, List.of((Integer) java.nio.file.Files.getAttribute(folder, "unix:gid")), fake.runtime(), fake.images(), fake.reports(), fake.calls);
    client = new TestChannel(socket);
    channel = client.channel;
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static ContainerEventResponse event(int number) {
    return ContainerEventResponse.newBuilder().setContainerId("c" + number).build();
  }

  @Test
  void aListLargerThanAMessageComesInParts() {
    List<PodSandbox> pods = IntStream.range(0, 400).mapToObj(i -> PodSandbox.newBuilder().setId(i + "x".repeat(50_000)).build()).toList();
    fake.pods =
        request -> {
          assertThat(request.getFilter().getId()).isEqualTo("abc");
          return ListPodSandboxResponse.newBuilder().addAllItems(pods).build();
        };
    StreamPodSandboxesRequest request = StreamPodSandboxesRequest.newBuilder().setFilter(PodSandboxFilter.newBuilder().setId("abc")).build();
    List<PodSandbox> got = new ArrayList<>();
    int messages = 0;
    for (Iterator<io.crij.cri.StreamPodSandboxesResponse> parts = runtime().streamPodSandboxes(request); parts.hasNext(); messages++) {
      got.addAll(parts.next().getPodSandboxesList());
    }
    assertThat(got).isEqualTo(pods);
    assertThat(messages).isBetween(20, 25);
  }

  @Test
  void anEmptyListIsNoMessageAndAFailureHasItsCode() {
    fake.pods = request -> ListPodSandboxResponse.getDefaultInstance();
    assertThat(runtime().streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance()).hasNext()).isFalse();
    fake.pods =
        request -> {
          throw CriException.invalid("No.");
        };
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> runtime().streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance()).hasNext());
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void eventsArriveAsTheyHappenUntilTheSubscriptionEnds() {
    Iterator<ContainerEventResponse> events = runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    fake.subscription.offer(event(1));
    assertThat(events.next().getContainerId()).isEqualTo("c1");
    fake.subscription.offer(event(2));
    assertThat(events.next().getContainerId()).isEqualTo("c2");
    fake.subscription.end(new CriException(io.crij.core.ErrorCode.UNAVAILABLE, "The runtime is stopping."));
    StatusRuntimeException ended = catchThrowableOfType(StatusRuntimeException.class, events::hasNext);
    assertThat(ended.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(ended.getStatus().getDescription()).isEqualTo("The runtime is stopping.");
  }

  @Test
  void aClientThatLeavesEndsItsSubscription() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    fake.subscription = new EventSubscription(10, gone -> closed.countDown());
    StalledClient client = new StalledClient();
    RuntimeServiceGrpc.newStub(channel).getContainerEvents(GetEventsRequest.getDefaultInstance(), client);
    fake.subscription.offer(event(1));
    client.call.get(10, TimeUnit.SECONDS).request(1);
    assertThat(client.first.get(10, TimeUnit.SECONDS)).as("it was served").isEqualTo(event(1));
    client.call.get(10, TimeUnit.SECONDS).cancel("leaves", null);
    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aClientThatDoesNotReadIsCutOffAndHoldsNobodyUp() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    fake.subscription = new EventSubscription(100, gone -> cut.countDown());
    StalledClient client = new StalledClient();
    RuntimeServiceGrpc.newStub(channel).getContainerEvents(GetEventsRequest.getDefaultInstance(), client);
    ContainerEventResponse large = ContainerEventResponse.newBuilder().setContainerId("x".repeat(100_000)).build();
    // The offers wait for nobody; the transport takes some of them before the queue runs full.
    for (int i = 0; i < 10_000 && cut.getCount() > 0; i++) {
      fake.subscription.offer(large);
    }
    assertThat(cut.await(10, TimeUnit.SECONDS)).isTrue();
    client.call.get(10, TimeUnit.SECONDS).request(Integer.MAX_VALUE);
    Status end = client.end.get(20, TimeUnit.SECONDS);
    assertThat(end.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(end.getDescription()).contains("cut off from container events");
  }

  /** Subscribes and reads nothing until it is told to. */
  private static final class StalledClient implements ClientResponseObserver<GetEventsRequest, ContainerEventResponse> {
    private final CompletableFuture<ClientCallStreamObserver<GetEventsRequest>> call = new CompletableFuture<>();
    private final CompletableFuture<ContainerEventResponse> first = new CompletableFuture<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<GetEventsRequest> stream) {
      stream.disableAutoRequestWithInitial(0);
      call.complete(stream);
    }

    @Override
    public void onNext(ContainerEventResponse event) {
      first.complete(event);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }
}
