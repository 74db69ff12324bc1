package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerEventResponse;
import io.crij.cri.ContainerEventType;
import io.crij.cri.PodSandboxStatus;
import io.crij.sandbox.PodListener;
import io.crij.sandbox.Sandboxes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Tells any number of clients what becomes of pods and containers, as kubelet's evented PLEG wants it: each event has the
 * status of its pod and of all containers in it at one time, and the times of events only rise. Nothing is put together while
 * nobody listens, and no client can hold up whoever makes a change.
 */
public final class ContainerEvents implements AutoCloseable {
  /** Of each client. Between two reads of a client that keeps up there are a few. */
  private static final int WAITING = 1000;

  private final ContainerStore store;
  private final Function<ObjectId, Optional<PodSandboxStatus>> pods;
  private final Supplier<Instant> clock;
  private final Set<EventSubscription> subscribers = ConcurrentHashMap.newKeySet();
  private final Object order = new Object();
  private long lastNanos;
  private boolean closed;
  private volatile ContainerEnds ends = (exitCode, reason) -> {};

  /** From now on this one hears of all changes. */
  public ContainerEvents(ContainerHost host, Sandboxes sandboxes) {
    this(host.store(), sandboxes::status, Instant::now);
    sandboxes.listen(this::podChanged);
  }

  /** From now on this one hears of containers that end, and no other. */
  public void listen(ContainerEnds listener) {
    ends = listener;
  }

  /** @param pods the status of a pod; nothing if there is no such pod */
  ContainerEvents(ContainerStore store, Function<ObjectId, Optional<PodSandboxStatus>> pods, Supplier<Instant> clock) {
    this.store = store;
    this.pods = pods;
    this.clock = clock;
    store.listen(this::containerChanged);
  }

  /**
   * Begins to collect events for one more client, which closes the subscription when it goes.
   *
   * @throws CriException UNAVAILABLE if the daemon is going down
   */
  public EventSubscription subscribe() {
    synchronized (order) {
      if (closed) {
        throw goingDown();
      }
      EventSubscription subscription = new EventSubscription(WAITING, subscribers::remove);
      subscribers.add(subscription);
      return subscription;
    }
  }

  void podChanged(PodListener.Change change, PodSandboxStatus status) {
    switch (change) {
      case READY -> {
        publish(ContainerEventType.CONTAINER_CREATED_EVENT, status.getId(), status);
        publish(ContainerEventType.CONTAINER_STARTED_EVENT, status.getId(), status);
      }
      case NOT_READY -> publish(ContainerEventType.CONTAINER_STOPPED_EVENT, status.getId(), status);
      case REMOVED -> publish(ContainerEventType.CONTAINER_DELETED_EVENT, status.getId(), status);
    }
  }

  private void containerChanged(ContainerListener.Change change, Container container) {
    if (change == ContainerListener.Change.STOPPED) {
      Life life = container.life();
      ends.ended(life.exitCode(), life.reason());
    }
    if (subscribers.isEmpty()) {
      return;
    }
    ContainerEventType type =
        switch (change) {
          case CREATED -> ContainerEventType.CONTAINER_CREATED_EVENT;
          case STARTED -> ContainerEventType.CONTAINER_STARTED_EVENT;
          case STOPPED -> ContainerEventType.CONTAINER_STOPPED_EVENT;
          case REMOVED -> ContainerEventType.CONTAINER_DELETED_EVENT;
        };
    // Without its pod an event is of no use to a client: kubelet finds the pod by it.
    pods.apply(container.sandbox()).ifPresent(status -> publish(type, container.id().hex(), status));
  }

  private void publish(ContainerEventType type, String id, PodSandboxStatus status) {
    if (subscribers.isEmpty()) {
      return;
    }
    synchronized (order) {
      Instant now = clock.get();
      lastNanos = Math.max(lastNanos + 1, now.getEpochSecond() * 1_000_000_000L + now.getNano());
      ContainerEventResponse event =
          ContainerEventResponse.newBuilder()
              .setContainerId(id)
              .setContainerEventType(type)
              .setCreatedAt(lastNanos)
              .setPodSandboxStatus(status)
              .addAllContainersStatuses(ContainerStatus.ofPod(store, new ObjectId(status.getId())))
              .build();
      subscribers.forEach(subscriber -> subscriber.offer(event));
    }
  }

  private static CriException goingDown() {
    return new CriException(ErrorCode.UNAVAILABLE, "The runtime is stopping; subscribe to events again when it is back.");
  }

  /** Ends all subscriptions. */
  @Override
  public void close() {
    synchronized (order) {
      closed = true;
    }
    subscribers.forEach(subscriber -> subscriber.end(goingDown()));
  }
}
