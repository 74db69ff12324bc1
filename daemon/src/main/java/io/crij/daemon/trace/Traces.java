package io.crij.daemon.trace;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes spans and sends them to a collector behind everybody's back. A collector that is slow or away costs spans and nothing else: the queue
 * is bounded, what finds it full is dropped, what was not taken is not sent again, and all of it is counted.
 */
public final class Traces implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Traces.class);

  static final int QUEUE = 2048;
  private static final int BATCH = 512;
  private static final Duration GATHERING = Duration.ofSeconds(1);
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final BlockingQueue<Span> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Collector collector;
  private final Map<String, Object> resource;
  private final int perMillion;
  private final Thread sender;
  private final AtomicLong exported = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private volatile boolean closing;
  private boolean failing;

  Traces(Collector collector, Map<String, Object> resource, int perMillion, Duration gathering) {
    this.collector = collector;
    this.resource = Map.copyOf(resource);
    this.perMillion = perMillion;
    this.sender = Thread.ofPlatform().daemon().name("traces").start(() -> send(gathering));
  }

  /**
   * Begins to send, without waiting for the collector.
   *
   * @param grpc else HTTP
   * @param resource as OpenTelemetry calls who tells: attributes of the service and its host
   * @param perMillion how many of the calls begin a trace whose client says nothing about one
   */
  public static Traces to(URI endpoint, boolean grpc, Map<String, Object> resource, int perMillion) throws IOException {
    LOG.info("traces go to {}", endpoint);
    return new Traces(grpc ? new GrpcCollector(endpoint) : new HttpCollector(endpoint), resource, perMillion, GATHERING);
  }

  /** Whether a call that belongs to no trace begins one. */
  public boolean beginsTrace() {
    return perMillion > 0 && ThreadLocalRandom.current().nextInt(1_000_000) < perMillion;
  }

  /** The beginning of a trace of its own. */
  public Traceparent begin() {
    return Traceparent.fresh();
  }

  /** Never waits. */
  public void add(Span span) {
    if (!queue.offer(span)) {
      dropped.incrementAndGet();
    }
  }

  /** What became of the spans so far: {@code exported}, {@code dropped} because too many waited, {@code failed} to be sent. */
  public Map<String, Long> outcomes() {
    return Map.of("exported", exported.get(), "dropped", dropped.get(), "failed", failed.get());
  }

  private void send(Duration gathering) {
    List<Span> batch = new ArrayList<>(BATCH);
    while (!closing) {
      try {
        batch.add(queue.take());
        Thread.sleep(gathering);
      } catch (InterruptedException e) {
        LOG.debug("the last spans are sent");
      }
      queue.drainTo(batch, BATCH - batch.size());
      send(batch);
      batch.clear();
    }
    queue.drainTo(batch, BATCH);
    send(batch);
  }

  private void send(List<Span> batch) {
    if (batch.isEmpty()) {
      return;
    }
    try {
      collector.send(Otlp.request(resource, batch));
      exported.addAndGet(batch.size());
      if (failing) {
        LOG.info("traces are taken again");
      }
      failing = false;
    } catch (IOException | RuntimeException e) {
      failed.addAndGet(batch.size());
      // Once, for a collector may be away for days.
      if (!failing && !closing) {
        LOG.warn("spans are lost, for the collector of tracing.endpoint did not take them: {}", e.getMessage());
      }
      failing = true;
    }
  }

  /** Sends what waits if that is done within a second. */
  @Override
  public void close() {
    closing = true;
    sender.interrupt();
    try {
      sender.join(FAREWELL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    collector.close();
  }
}
