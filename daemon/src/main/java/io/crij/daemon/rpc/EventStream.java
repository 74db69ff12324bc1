package io.crij.daemon.rpc;

import io.crij.container.EventSubscription;
import io.crij.core.CriException;
import io.crij.cri.ContainerEventResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of GetContainerEvents. Its events are written on a thread of its own and only as fast as it reads: what it leaves
 * unread waits in the subscription, which bounds it.
 */
final class EventStream {
  private static final Logger LOG = LoggerFactory.getLogger("io.crij.rpc");
  private static final String RPC = "GetContainerEvents";

  private final ServerCallStreamObserver<ContainerEventResponse> out;
  private final EventSubscription events;
  private final Semaphore ready = new Semaphore(0);

  private EventStream(ServerCallStreamObserver<ContainerEventResponse> out, EventSubscription events) {
    this.out = out;
    this.events = events;
  }

  /** Returns at once; must be called on the call's own thread, before anything is sent. */
  static void begin(ServerCallStreamObserver<ContainerEventResponse> out, Supplier<EventSubscription> source) {
    EventSubscription events;
    try {
      events = source.get();
    } catch (CriException e) {
      out.onError(Refusal.of(RPC, e).status().asRuntimeException());
      return;
    }
    EventStream stream = new EventStream(out, events);
    out.setOnCancelHandler(events::close);
    out.setOnReadyHandler(stream.ready::release);
    Thread.ofVirtual().name("events").start(stream::run);
  }

  private void run() {
    LOG.info("{} began", RPC);
    try {
      while (true) {
        ContainerEventResponse event = events.take();
        awaitReady();
        out.onNext(event);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      // Throwable: a client that waits must hear of an Error too, else it waits for ever.
      Refusal refusal = Refusal.of(RPC, e);
      LOG.info("{} ended: {}", RPC, refusal.status().getDescription());
      if (!out.isCancelled()) {
        out.onError(refusal.status().asRuntimeException());
      }
    } finally {
      events.close();
    }
  }

  /** Until the client has read enough of what it was sent. One that is cut off meanwhile is not waited for any longer. */
  private void awaitReady() throws InterruptedException {
    while (!out.isReady()) {
      if (events.isOver()) {
        events.take(); // throws the reason
      }
      ready.tryAcquire(1, TimeUnit.SECONDS);
      ready.drainPermits();
    }
  }
}
