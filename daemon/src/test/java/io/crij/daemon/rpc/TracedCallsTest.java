package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RunPodSandboxResponse;
import io.crij.cri.RuntimeServiceGrpc;
import io.crij.cri.VersionRequest;
import io.crij.daemon.trace.Traces;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

/** Calls of a client that traces, as kubelet does, and of one that does not. */
@Timeout(60)
class TracedCallsTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CLIENT = "00f067aa0ba902b7";
  private static final RunPodSandboxRequest POD =
      RunPodSandboxRequest.newBuilder()
          .setConfig(PodSandboxConfig.newBuilder().setMetadata(PodSandboxMetadata.newBuilder().setNamespace("default").setName("web")))
          .build();

  @TempDir Path folder;
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final FakeOperations fake = new FakeOperations();
  private HttpServer collector;
  private Traces traces;
  private CriServer server;
  private TestChannel client;

  @BeforeEach
  void listen() throws Exception {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    traces = Traces.to(URI.create("http://127.0.0.1:" + collector.getAddress().getPort()), false, Map.of("service.name", "crij"), 0);
    Path socket = folder.resolve("crij.sock");
    server = CriServer.listen(socket, List.of(), fake.runtime(), fake.images(), fake.reports(), fake.calls, traces);
    client = new TestChannel(socket);
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
    traces.close();
    collector.stop(0);
  }

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime(String traceparent) {
    Metadata headers = new Metadata();
    headers.put(TracedCalls.TRACEPARENT, traceparent);
    ClientInterceptor sends = MetadataUtils.newAttachHeadersInterceptor(headers);
    return RuntimeServiceGrpc.newBlockingStub(client.channel).withInterceptors(sends).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** As the bytes of protobuf have it. */
  private static String bytes(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aCallOfATracingClientIsASpanBelowItsOwn() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>("");
    fake.runPod =
        request -> {
          seen.set(MDC.get(Journal.TRACE));
          Journal.parts().ended("bridge DEL", System.nanoTime(), false);
          return RunPodSandboxResponse.getDefaultInstance();
        };
    runtime("00-" + TRACE + "-" + CLIENT + "-01").runPodSandbox(POD);
    assertThat(received.poll(30, TimeUnit.SECONDS))
        .contains(bytes(TRACE), bytes(CLIENT), "runtime.v1.RuntimeService/RunPodSandbox", "bridge DEL", "k8s.pod.name", "web");
    // For the log, and for the work on other threads: the same trace, another span.
    assertThat(seen.get()).startsWith("00-" + TRACE + "-").doesNotContain(CLIENT).endsWith("-01");
    assertThat(fake.metered).containsExactly("RunPodSandbox OK");
  }

  @Test
  void aFailureStandsInTheSpan() throws Exception {
    fake.runPod =
        request -> {
          throw CriException.invalid("The pod has no network.");
        };
    assertThatThrownBy(() -> runtime("00-" + TRACE + "-" + CLIENT + "-01").runPodSandbox(POD)).hasMessageContaining("no network");
    assertThat(received.poll(30, TimeUnit.SECONDS)).contains("The pod has no network.");
  }

  @Test
  void whatTheClientDoesNotRecordIsNotSent() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>();
    fake.runPod =
        request -> {
          seen.set(MDC.get(Journal.TRACE));
          return RunPodSandboxResponse.getDefaultInstance();
        };
    runtime("00-" + TRACE + "-" + CLIENT + "-00").runPodSandbox(POD);
    assertThat(seen.get()).isNull();
    runtime("no header of a trace").version(VersionRequest.getDefaultInstance());
    runtime("00-" + TRACE + "-" + CLIENT + "-01").version(VersionRequest.getDefaultInstance());
    assertThat(received.poll(30, TimeUnit.SECONDS)).contains("/Version").doesNotContain("RunPodSandbox");
    assertThat(traces.outcomes()).containsEntry("dropped", 0L);
  }
}
