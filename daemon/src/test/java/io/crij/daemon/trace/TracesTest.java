package io.crij.daemon.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.crij.core.Journal;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Spans on their way to collectors of both kinds, and to none. */
@Timeout(60)
class TracesTest {
  private static final Map<String, Object> RESOURCE = Map.of("service.name", "crij");
  private static final Traceparent CALL = new Traceparent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true);

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private AutoCloseable collector = () -> {};

  @AfterEach
  void end() throws Exception {
    MDC.clear();
    collector.close();
  }

  private URI http(int code) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          byte[] request = exchange.getRequestBody().readAllBytes();
          assertThat(exchange.getRequestHeaders().getFirst("Content-Type")).isEqualTo("application/x-protobuf");
          exchange.sendResponseHeaders(code, -1);
          exchange.close();
          received.add(request);
        });
    server.start();
    collector = () -> server.stop(0);
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private URI grpc() throws IOException {
    MethodDescriptor<byte[], byte[]> export =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("opentelemetry.proto.collector.trace.v1.TraceService/Export")
            .setRequestMarshaller(new GrpcCollector.Bytes())
            .setResponseMarshaller(new GrpcCollector.Bytes())
            .build();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("opentelemetry.proto.collector.trace.v1.TraceService")
                    .addMethod(
                        export,
                        ServerCalls.asyncUnaryCall(
                            (request, out) -> {
                              received.add(request);
                              out.onNext(new byte[0]);
                              out.onCompleted();
                            }))
                    .build())
            .build()
            .start();
    collector = server::shutdownNow;
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  private static Span span() {
    return new Span(CALL.next(), CALL.spanId(), "runtime.v1.RuntimeService/Version", true, 1_000, 2_000, Map.of("rpc.grpc.status_code", 13), "it broke");
  }

  private byte[] next() throws InterruptedException {
    byte[] request = received.poll(30, TimeUnit.SECONDS);
    assertThat(request).as("nothing came").isNotNull();
    return request;
  }

  @Test
  void aCollectorByHttpGetsSpans() throws Exception {
    try (Traces traces = Traces.to(http(200), false, RESOURCE, 0)) {
      Span sent = span();
      traces.add(sent);
      byte[] request = next();
      assertThat(ReadSpan.resource(request)).containsEntry("service.name", "crij");
      assertThat(ReadSpan.of(request))
          .containsExactly(
              new ReadSpan(
                  CALL.traceId(), sent.place().spanId(), CALL.spanId(), sent.name(), 2, 1_000, 2_000, Map.of("rpc.grpc.status_code", "13"), "2 it broke"));
      within(() -> traces.outcomes().getOrDefault("exported", 0L) == 1);
    }
  }

  @Test
  void aCollectorByGrpcGetsSpans() throws Exception {
    try (Traces traces = Traces.to(grpc(), true, RESOURCE, 0)) {
      traces.add(span());
      assertThat(ReadSpan.of(next())).singleElement().satisfies(span -> assertThat(span.trace()).isEqualTo(CALL.traceId()));
    }
  }

  @Test
  void theEndSendsWhatWaits() throws Exception {
    try (Traces traces = new Traces(new HttpCollector(http(200)), RESOURCE, 0, Duration.ofMinutes(10))) {
      traces.add(span());
    }
    assertThat(ReadSpan.of(next())).hasSize(1);
  }

  @Test
  void spansThatAreRefusedAreCounted() throws Exception {
    try (Traces traces = Traces.to(http(503), false, RESOURCE, 0)) {
      traces.add(span());
      next();
      within(() -> traces.outcomes().getOrDefault("failed", 0L) == 1);
      assertThat(traces.outcomes()).containsEntry("exported", 0L);
    }
  }

  @Test
  void aCollectorThatHangsCostsSpansAndNoTime() throws Exception {
    // It takes connections, as the kernel does for it, and never says a word.
    ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    collector = silent;
    long began = System.nanoTime();
    try (Traces traces = new Traces(new HttpCollector(URI.create("http://127.0.0.1:" + silent.getLocalPort())), RESOURCE, 0, Duration.ZERO)) {
      for (int i = 0; i < Traces.QUEUE * 3; i++) {
        traces.add(span());
      }
      assertThat(traces.outcomes().get("dropped")).isGreaterThan(Traces.QUEUE / 2);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
  }

  @Test
  void theStagesOfWorkAreSpansBelowTheirCall() throws Exception {
    try (Traces traces = Traces.to(http(200), false, RESOURCE, 0)) {
      Journal journal = new Journal();
      journal.listen(new StageSpans(traces)::done);
      MDC.put(Journal.TRACE, CALL.toString());
      journal.keep(
          "a/b",
          "RunPodSandbox",
          "id",
          work -> {
            // Work does not begin with a stage.
            LockSupport.parkNanos(2_000_000);
            work.enters("cgroup");
            work.enters("network");
            Journal.parts().ended("bridge ADD", System.nanoTime(), false);
            return 1;
          });
      List<ReadSpan> spans = ReadSpan.of(next());
      assertThat(spans).extracting(ReadSpan::name).containsExactly("RunPodSandbox cgroup", "RunPodSandbox network", "bridge ADD");
      assertThat(spans).extracting(ReadSpan::trace).containsOnly(CALL.traceId());
      assertThat(spans.get(0).parent()).isEqualTo(CALL.spanId());
      assertThat(spans.get(1).parent()).isEqualTo(CALL.spanId());
      assertThat(spans.get(2).parent()).isEqualTo(spans.get(1).id());
      assertThat(spans.get(1).began()).isEqualTo(spans.get(0).ended());
      assertThat(spans.get(2).began()).isBetween(spans.get(1).began(), spans.get(1).ended());
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void within(Condition condition) throws InterruptedException {
    for (int i = 0; i < 5000 && !condition.holds(); i++) {
      Thread.sleep(10);
    }
    assertThat(condition.holds()).isTrue();
  }
}
