package io.crij.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.cri.ContainerMetrics;
import io.crij.cri.ListMetricDescriptorsResponse;
import io.crij.cri.ListPodSandboxMetricsResponse;
import io.crij.cri.Metric;
import io.crij.cri.MetricDescriptor;
import io.crij.cri.MetricType;
import io.crij.cri.PodSandboxMetrics;
import io.crij.cri.UInt64Value;
import io.crij.image.registry.ServerTraffic;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final Metrics metrics = new Metrics();

  @Test
  void callsAndStagesAreCounted() {
    metrics.called("RunPodSandbox", "OK", 30_000_000, false);
    metrics.called("GetContainerEvents", "CANCELLED", 3_600_000_000_000L, true);
    Journal journal = new Journal();
    journal.listen(metrics::done);
    journal.keep(
        "a/b",
        "StartContainer",
        "c",
        work -> {
          work.enters("launch");
          return work;
        });
    assertThat(metrics.text())
        .contains("crij_rpc_total{rpc=\"RunPodSandbox\",code=\"OK\",} 1.0")
        .contains("crij_rpc_seconds_bucket{rpc=\"RunPodSandbox\",le=\"0.05\",} 1.0")
        .contains("crij_rpc_total{rpc=\"GetContainerEvents\",code=\"CANCELLED\",} 1.0")
        .doesNotContain("crij_rpc_seconds_count{rpc=\"GetContainerEvents\"")
        .contains("crij_stage_seconds_count{operation=\"StartContainer\",stage=\"launch\",} 1.0")
        .contains("crij_build_info{version=");
  }

  @Test
  void failuresOfTheNetworkAreCountedApart() {
    metrics.network("ADD", 1, false);
    metrics.network("ADD", 1, true);
    assertThat(metrics.text()).contains("crij_cni_errors_total{command=\"ADD\",} 1.0").contains("crij_cni_seconds_count{command=\"ADD\",} 2.0");
  }

  @Test
  void endsOfContainersAreCountedByReasonAndClassOfCode() {
    metrics.ended(0, "Completed");
    metrics.ended(1, "Error");
    metrics.ended(127, "Error");
    metrics.ended(137, "OOMKilled");
    assertThat(metrics.text())
        .contains("crij_container_exits_total{reason=\"Completed\",code=\"0\",} 1.0")
        .contains("crij_container_exits_total{reason=\"Error\",code=\"1-127\",} 2.0")
        .contains("crij_container_exits_total{reason=\"OOMKilled\",code=\"128+\",} 1.0");
  }

  @Test
  void pluginsOfTheNetworkAndOfNriAreMeasuredOneByOne() {
    metrics.plugin("bridge", "ADD", 20_000_000, true);
    assertThat(metrics.text())
        .contains("crij_cni_plugin_seconds_bucket{plugin=\"bridge\",command=\"ADD\",le=\"0.025\",} 1.0")
        .contains("crij_cni_plugin_errors_total{plugin=\"bridge\",command=\"ADD\",} 1.0");
    for (int i = 0; i < 1000; i++) {
      metrics.answered("10-name" + i, "CreateContainer", 1, i == 0);
    }
    assertThat(metrics.text())
        .contains("crij_nri_errors_total{plugin=\"10-name0\",event=\"CreateContainer\",} 1.0")
        .contains("crij_nri_seconds_count{plugin=\"others\",event=\"CreateContainer\",} 936.0");
  }

  @Test
  void whatServersOfImagesDidIsCounted() {
    ImageMetrics.addTo(metrics, () -> List.of(new ServerTraffic("https://r.example:443", 4, 1, 2, 1000), new ServerTraffic("others", 9, 0, 0, 0)));
    assertThat(metrics.text())
        .contains("# TYPE crij_registry_requests_total counter")
        .contains("crij_registry_requests_total{server=\"https://r.example:443\",} 4.0")
        .contains("crij_registry_requests_total{server=\"others\",} 9.0")
        .contains("crij_registry_failures_total{server=\"https://r.example:443\",} 1.0")
        .contains("crij_registry_throttled_total{server=\"https://r.example:443\",} 2.0")
        .contains("crij_registry_bytes_total{server=\"https://r.example:443\",} 1000.0");
  }

  @Test
  void theProcessIsThere() {
    metrics.addProcess();
    assertThat(metrics.text()).contains("process_open_fds ").contains("jvm_memory_bytes_used{").contains("jvm_gc_collection_seconds_count{").contains("jvm_threads_current ");
  }

  @Test
  void whatContainersUseHasEscapedLabels() {
    String text =
        ContainerMetricsText.of(
            ListMetricDescriptorsResponse.newBuilder()
                .addDescriptors(MetricDescriptor.newBuilder().setName("container_x_total").setHelp("Some.\nMore.").addLabelKeys("id").addLabelKeys("name"))
                .build(),
            ListPodSandboxMetricsResponse.newBuilder()
                .addPodMetrics(
                    PodSandboxMetrics.newBuilder()
                        .addMetrics(Metric.newBuilder().setName("unknown").setValue(UInt64Value.newBuilder().setValue(1)))
                        .addContainerMetrics(
                            ContainerMetrics.newBuilder()
                                .addMetrics(
                                    Metric.newBuilder()
                                        .setName("container_x_total")
                                        .setMetricType(MetricType.COUNTER)
                                        .addLabelValues("1")
                                        .addLabelValues("a\"b\\")
                                        .setValue(UInt64Value.newBuilder().setValue(-1)))))
                .build());
    assertThat(text)
        .isEqualTo(
            "# HELP container_x_total Some.\\nMore.\n# TYPE container_x_total counter\n"
                + "container_x_total{id=\"1\",name=\"a\\\"b\\\\\"} 18446744073709551615\n");
  }

  @Test
  void theServerAnswersItsPages() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (MetricsServer server =
        MetricsServer.listen(
            ANY,
            Map.of(
                "/metrics",
                metrics::text,
                "/broken",
                () -> {
                  throw CriException.invalid("no");
                },
                "/slow",
                () -> {
                  entered.countDown();
                  try {
                    go.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return "slow";
                }))) {
      HttpResponse<String> page = get(server, "/metrics?x=y");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
      assertThat(page.body()).contains("crij_build_info");
      assertThat(get(server, "/").statusCode()).isEqualTo(404);
      assertThat(get(server, "/broken").statusCode()).isEqualTo(500);
      CompletableFuture<Integer> slow =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return get(server, "/slow").statusCode();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(get(server, "/metrics").statusCode()).as("one at a time").isEqualTo(503);
      go.countDown();
      assertThat(slow.get(10, TimeUnit.SECONDS)).isEqualTo(200);
      assertThat(raw(server, "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 405");
      assertThat(raw(server, "garbage\r\n\r\n")).startsWith("HTTP/1.1 400");
    }
  }

  /** By request after request that nobody reads the answers of, the heap would be full of pages. */
  @Test
  void aConnectionHasOneAnswer() throws Exception {
    AtomicInteger made = new AtomicInteger();
    String large = "x".repeat(8 << 20);
    Supplier<String> page =
        () -> {
          made.incrementAndGet();
          return large;
        };
    try (MetricsServer server = MetricsServer.listen(ANY, Map.of("/large", page));
        Socket client = new Socket(server.address().getAddress(), server.address().getPort())) {
      client.getOutputStream().write("GET /large HTTP/1.1\r\n\r\n".repeat(20).getBytes(StandardCharsets.US_ASCII));
      String first = new String(client.getInputStream().readNBytes(1 << 20), StandardCharsets.US_ASCII);
      assertThat(first).startsWith("HTTP/1.1 200").doesNotContain("503");
      // More would have been asked for, or refused, behind the first page.
      client.getOutputStream().write("GET /large HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] rest = readToEnd(client.getInputStream());
      assertThat(rest.length + (1 << 20)).isLessThanOrEqualTo(large.length() + 1000);
      assertThat(made).hasValue(1);
    }
  }

  private static byte[] readToEnd(InputStream in) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (java.io.IOException reset) {
      return all.toByteArray(); // what the server did not read any more
    }
    return all.toByteArray();
  }

  @Test
  void aClientThatSendsAByteNowAndThenIsPutOut() throws Exception {
    try (MetricsServer server = MetricsServer.listen(ANY, Map.of(), Duration.ofMillis(300));
        Socket client = new Socket(server.address().getAddress(), server.address().getPort())) {
      Thread slow =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
                      while (true) {
                        client.getOutputStream().write('x');
                        Thread.sleep(50);
                      }
                    } catch (java.io.IOException | InterruptedException putOut) {
                      return;
                    }
                  });
      client.setSoTimeout(10_000);
      assertThat(readToEnd(client.getInputStream())).isEmpty();
      assertThat(slow.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void anAddressThatIsTakenIsSaidSo() throws Exception {
    try (MetricsServer server = MetricsServer.listen(ANY, Map.of())) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> MetricsServer.listen(server.address(), Map.of()))
          .isInstanceOf(java.io.IOException.class)
          .hasMessageContaining("metrics.address");
    }
  }

  private static HttpResponse<String> get(MetricsServer server, String path) throws Exception {
    URI uri = URI.create("http://" + server.address().getHostString() + ":" + server.address().getPort() + path);
    return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String raw(MetricsServer server, String request) throws Exception {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
