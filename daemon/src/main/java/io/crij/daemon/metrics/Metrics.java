package io.crij.daemon.metrics;

import io.crij.core.Journal;
import io.crij.daemon.BuildVersion;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.Gauge;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.Histogram;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The numbers of this daemon, in the text format of Prometheus. Every label has few values, from our own code (names of calls, stages,
 * codes) but for servers of registries, of which there are 65 at most: neither pods nor images can make a series.
 */
public final class Metrics {
  /** From an answer out of memory to a pull: seconds. */
  private static final double[] SECONDS = {.001, .005, .01, .025, .05, .1, .25, .5, 1, 5, 10, 30, 120};

  private static final int NAMES = 64;

  private final CollectorRegistry registry = new CollectorRegistry();
  private final Histogram calls =
      Histogram.build("crij_rpc_seconds", "How long calls of the CRI took.").labelNames("rpc").buckets(SECONDS).register(registry);
  private final Counter codes = Counter.build("crij_rpc_total", "Calls of the CRI that ended, by the code of gRPC.").labelNames("rpc", "code").register(registry);
  private final Histogram stages =
      Histogram.build("crij_stage_seconds", "How long the stages of an operation took.")
          .labelNames("operation", "stage")
          .buckets(SECONDS)
          .register(registry);
  private final Histogram network =
      Histogram.build("crij_cni_seconds", "How long all plugins of the pods' network took.").labelNames("command").buckets(SECONDS).register(registry);
  private final Counter networkErrors =
      Counter.build("crij_cni_errors_total", "Attempts to change or look at a pod's network that failed.").labelNames("command").register(registry);

  private final Histogram plugins =
      Histogram.build("crij_cni_plugin_seconds", "How long one plugin took for one command.").labelNames("plugin", "command").buckets(SECONDS).register(registry);
  private final Counter pluginErrors =
      Counter.build("crij_cni_plugin_errors_total", "Runs of one plugin that failed.").labelNames("plugin", "command").register(registry);

  private final Histogram answers =
      Histogram.build("crij_nri_seconds", "How long an NRI plugin took for one answer.").labelNames("plugin", "event").buckets(SECONDS).register(registry);
  private final Counter answerErrors =
      Counter.build("crij_nri_errors_total", "Answers of NRI plugins that were refusals or did not come.").labelNames("plugin", "event").register(registry);
  private final Counter exits =
      Counter.build("crij_container_exits_total", "Containers that ended, by reason and class of exit code.").labelNames("reason", "code").register(registry);
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  public Metrics() {
    Gauge.build("crij_build_info", "1 for the version that runs.").labelNames("version").register(registry).labels(BuildVersion.text()).set(1);
  }

  /** Collectors of the JVM and the process: memory, garbage collections, threads, file descriptors, CPU time. Some 100 ms, so only if asked for. */
  public void addProcess() {
    DefaultExports.register(registry);
  }

  /** As {@link io.crij.daemon.rpc.Calls.Meter}. */
  public void called(String rpc, String code, long nanos, boolean streaming) {
    codes.labels(rpc, code).inc();
    if (!streaming) {
      calls.labels(rpc).observe(nanos / Collector.NANOSECONDS_PER_SECOND);
    }
  }

  /** For {@link Journal#listen}. */
  public void done(Journal.Entry entry) {
    for (Journal.Stage stage : entry.stages()) {
      stages.labels(entry.operation(), stage.name()).observe(stage.nanos() / Collector.NANOSECONDS_PER_SECOND);
    }
  }

  /** As {@link io.crij.netns.PluginTimes}. The plugins are files of the node's owner, so there are few. */
  public void plugin(String plugin, String command, long nanos, boolean failed) {
    plugins.labels(plugin, command).observe(nanos / Collector.NANOSECONDS_PER_SECOND);
    if (failed) {
      pluginErrors.labels(plugin, command).inc();
    }
  }

  /** As {@link io.crij.nri.AnswerTimes}. A plugin gives itself its name, so only the first names have series of their own. */
  public void answered(String plugin, String event, long nanos, boolean failed) {
    String name = named.contains(plugin) || (named.size() < NAMES && named.add(plugin)) ? plugin : "others";
    answers.labels(name, event).observe(nanos / Collector.NANOSECONDS_PER_SECOND);
    if (failed) {
      answerErrors.labels(name, event).inc();
    }
  }

  /** As {@link io.crij.container.ContainerEnds}. */
  public void ended(int exitCode, String reason) {
    exits.labels(reason, exitCode == 0 ? "0" : exitCode < 128 ? "1-127" : "128+").inc();
  }

  void network(String command, long nanos, boolean failed) {
    network.labels(command).observe(nanos / Collector.NANOSECONDS_PER_SECOND);
    if (failed) {
      networkErrors.labels(command).inc();
    }
  }

  /** A number that is looked up when somebody asks. */
  public void gauge(String name, String help, Supplier<? extends Number> value) {
    new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        return List.of(new GaugeMetricFamily(name, help, value.get().doubleValue()));
      }
    }.register(registry);
  }

  /** Numbers that are looked up when somebody asks, one for each value of a label, of which there are few. */
  public void gauges(String name, String help, String label, Supplier<Map<String, ? extends Number>> values) {
    new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        GaugeMetricFamily family = new GaugeMetricFamily(name, help, List.of(label));
        values.get().forEach((key, number) -> family.addMetric(List.of(key), number.doubleValue()));
        return List.of(family);
      }
    }.register(registry);
  }

  /** Sums that are looked up when somebody asks and only grow, one for each value of a label, of which there are few. */
  public void counters(String name, String help, String label, Supplier<Map<String, ? extends Number>> values) {
    new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        CounterMetricFamily family = new CounterMetricFamily(name, help, List.of(label));
        values.get().forEach((key, number) -> family.addMetric(List.of(key), number.doubleValue()));
        return List.of(family);
      }
    }.register(registry);
  }

  /** Everything, as <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">text, version 0.0.4</a>. */
  public String text() {
    StringWriter text = new StringWriter(32 << 10);
    try {
      TextFormat.write004(text, registry.metricFamilySamples());
    } catch (IOException e) {
      throw new UncheckedIOException("a writer to memory failed", e);
    }
    return text.toString();
  }
}
