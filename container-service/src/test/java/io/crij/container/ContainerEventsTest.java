package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerEventResponse;
import io.crij.cri.ContainerEventType;
import io.crij.cri.ContainerMetadata;
import io.crij.cri.ContainerStatus;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatus;
import io.crij.helper.PidMode;
import io.crij.sandbox.PodListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ContainerEventsTest {
  private final ObjectId pod = ObjectId.random();
  private final PodSandboxStatus podStatus =
      PodSandboxStatus.newBuilder()
          .setId(pod.hex())
          .setState(PodSandboxState.SANDBOX_READY)
          .setMetadata(PodSandboxMetadata.newBuilder().setName("p"))
          .build();
  @TempDir Path folder;
  private ContainerStore store;
  private ContainerEvents events;
  private long made;

  @BeforeEach
  void makeEvents() {
    store = new ContainerStore(folder);
    // A clock that stands: times must rise all the same.
    events =
        new ContainerEvents(
            store, id -> id.equals(pod) ? Optional.of(podStatus) : Optional.empty(), () -> Instant.ofEpochSecond(100));
  }

  private Container container(ObjectId sandbox, String name) throws IOException {
    ObjectId id = ObjectId.random();
    Files.createDirectory(store.folder(id));
    ContainerRecord record =
        new ContainerRecord(
            id.hex(), sandbox.hex(), "", "", new ContainerRecord.Image("i", "i", "i", List.of()),
            new ContainerRecord.User(0, 0, List.of()), ++made, "", "/g", "/p", PidMode.OWN, "", "SIGNAL_SIGTERM", 15, Life.CREATED);
    Container container =
        store.add(
            record,
            ContainerConfig.newBuilder().setMetadata(ContainerMetadata.newBuilder().setName(name)).build(),
            LinuxContainerResources.getDefaultInstance());
    store.created(container);
    return container;
  }

  private static List<ContainerEventResponse> take(EventSubscription subscription, int count) throws InterruptedException {
    List<ContainerEventResponse> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(subscription.take());
    }
    return taken;
  }

  @Test
  void aContainersLifeComesInOrderWithItsPodAndAllItsContainers() throws Exception {
    container(pod, "other");
    EventSubscription subscription = events.subscribe();
    Container container = container(pod, "c");
    store.live(container, life -> life.started(7, 8, 9));
    store.live(container, life -> life.exited(3, 10, false));
    store.live(container, Life::beingRemoved);
    store.delete(container);
    List<ContainerEventResponse> all = take(subscription, 4);
    assertThat(all)
        .extracting(ContainerEventResponse::getContainerEventType)
        .containsExactly(
            ContainerEventType.CONTAINER_CREATED_EVENT,
            ContainerEventType.CONTAINER_STARTED_EVENT,
            ContainerEventType.CONTAINER_STOPPED_EVENT,
            ContainerEventType.CONTAINER_DELETED_EVENT);
    assertThat(all).allSatisfy(event -> assertThat(event.getContainerId()).isEqualTo(container.id().hex()));
    assertThat(all).allSatisfy(event -> assertThat(event.getPodSandboxStatus()).isEqualTo(podStatus));
    assertThat(all).extracting(ContainerEventResponse::getCreatedAt).isSorted().doesNotHaveDuplicates();
    assertThat(all.get(2).getContainersStatusesList()).extracting(ContainerStatus::getExitCode).containsExactlyInAnyOrder(0, 3);
    assertThat(all.get(3).getContainersStatusesList()).extracting(s -> s.getMetadata().getName()).containsExactly("other");
  }

  /** Of a name kubelet looks at the first: it would start a container again whose last attempt runs. */
  @Test
  void theNewestAttemptComesFirst() throws Exception {
    store.live(container(pod, "c"), life -> life.exited(137, 10, false));
    for (int i = 0; i < 8; i++) {
      store.live(container(pod, "c"), life -> life.started(7, 8, 9));
    }
    EventSubscription subscription = events.subscribe();
    events.podChanged(PodListener.Change.NOT_READY, podStatus);
    List<ContainerStatus> told = subscription.take().getContainersStatusesList();
    assertThat(told).extracting(ContainerStatus::getCreatedAt).containsExactly(9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L);
    assertThat(io.crij.container.ContainerStatus.ofPod(store, pod)).isEqualTo(told);
  }

  @Test
  void aPodsLifeIsToldByItsOwnId() throws Exception {
    EventSubscription subscription = events.subscribe();
    PodSandboxStatus over = podStatus.toBuilder().setState(PodSandboxState.SANDBOX_NOTREADY).build();
    events.podChanged(PodListener.Change.READY, podStatus);
    events.podChanged(PodListener.Change.NOT_READY, over);
    events.podChanged(PodListener.Change.REMOVED, over);
    List<ContainerEventResponse> all = take(subscription, 4);
    assertThat(all).extracting(ContainerEventResponse::getContainerEventTypeValue).containsExactly(0, 1, 2, 3);
    assertThat(all).allSatisfy(event -> assertThat(event.getContainerId()).isEqualTo(pod.hex()));
    assertThat(all.get(2).getPodSandboxStatus()).isEqualTo(over);
  }

  @Test
  void oneWhoDoesNotReadIsCutOffAndNobodyElse() throws Exception {
    EventSubscription lazy = events.subscribe();
    EventSubscription busy = events.subscribe();
    for (int i = 0; i < 1001; i++) {
      events.podChanged(PodListener.Change.NOT_READY, podStatus);
      busy.take();
    }
    assertThatThrownBy(lazy::take)
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED));
    events.podChanged(PodListener.Change.REMOVED, podStatus);
    assertThat(busy.take().getContainerEventType()).isEqualTo(ContainerEventType.CONTAINER_DELETED_EVENT);
  }

  @Test
  void aContainerWithoutItsPodHasNoEvent() throws Exception {
    EventSubscription subscription = events.subscribe();
    container(ObjectId.random(), "stray");
    container(pod, "c");
    assertThat(subscription.take().getContainersStatuses(0).getMetadata().getName()).isEqualTo("c");
  }

  @Test
  void theEndOfTheDaemonEndsAllAndLetsNobodyIn() {
    EventSubscription subscription = events.subscribe();
    events.close();
    assertThatThrownBy(subscription::take)
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThatThrownBy(events::subscribe).hasMessageContaining("stopping");
  }
}
