package io.crij.daemon.metrics;

import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListMetricDescriptorsRequest;
import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.daemon.rpc.Calls;
import io.crij.daemon.rpc.Operation;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.image.PullProgress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The numbers that are looked up when Prometheus asks: what there is on the node, and what goes on. */
public final class NodeMetrics {
  private final Metrics metrics;
  private final RuntimeOperations runtime;

  /** @param monitorsLost how many ready pods have a monitor that does not answer */
  public NodeMetrics(Metrics metrics, RuntimeOperations runtime, Supplier<List<PullProgress>> pulls, Calls calls, Supplier<Integer> monitorsLost) {
    this.metrics = metrics;
    this.runtime = runtime;
    metrics.gauges("crij_pods", "Pods by state.", "state", this::pods);
    metrics.gauges("crij_containers", "Containers by state.", "state", this::containers);
    metrics.gauge("crij_monitors_lost", "Ready pods whose monitor does not answer.", monitorsLost);
    metrics.gauge("crij_rpc_underway", "Calls of the CRI that go on.", () -> calls.underway().size());
    metrics.gauge(
        "crij_rpc_oldest_seconds",
        "How long the longest call that goes on has been going on.",
        () -> calls.underway().stream().mapToLong(Calls.Underway::nanos).max().orElse(0) / 1e9);
    metrics.gauge("crij_pulls_underway", "Images that are being pulled.", () -> pulls.get().size());
    metrics.gauge(
        "crij_pulls_bytes_per_second",
        "What all pulls together receive from the network.",
        () -> pulls.get().stream().flatMap(pull -> pull.layers().stream()).mapToLong(PullProgress.Layer::bytesPerSecond).sum());
  }

  /** @throws IOException with a sentence if the address cannot be listened on */
  public MetricsServer serve(InetSocketAddress address) throws IOException {
    metrics.addProcess();
    return MetricsServer.listen(address, Map.of("/metrics", metrics::text, "/metrics/containers", this::usage));
  }

  private Map<String, Integer> pods() {
    Map<String, Integer> count = new TreeMap<>(Map.of("ready", 0, "notready", 0));
    answer(runtime.pods().list(), ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .forEach(pod -> count.merge(word(pod.getState().name(), "SANDBOX_"), 1, Integer::sum));
    return count;
  }

  private Map<String, Integer> containers() {
    Map<String, Integer> count = new TreeMap<>(Map.of("created", 0, "running", 0, "exited", 0, "unknown", 0));
    answer(runtime.containers().list(), ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .forEach(container -> count.merge(word(container.getState().name(), "CONTAINER_"), 1, Integer::sum));
    return count;
  }

  private String usage() {
    return ContainerMetricsText.of(
        answer(runtime.stats().metricDescriptors(), ListMetricDescriptorsRequest.getDefaultInstance()),
        answer(runtime.stats().podMetrics(), ListPodSandboxMetricsRequest.getDefaultInstance()));
  }

  private static String word(String name, String prefix) {
    return name.substring(prefix.length()).toLowerCase(Locale.ROOT);
  }

  static <Q, S> S answer(Operation<Q, S> operation, Q request) {
    try {
      return operation.run(request);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("the node could not be looked at: " + e.getMessage(), e);
    }
  }
}
