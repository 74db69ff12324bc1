package io.crij.container.stats;

import io.crij.cri.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Collects the samples of one pod or container. */
final class Samples {
  private final List<String> subject;
  private final List<Metric> metrics = new ArrayList<>();

  /** @param subject the values of {@link PodMetric#SUBJECT_LABELS} */
  Samples(List<String> subject) {
    this.subject = subject;
  }

  /** A sample read just now. */
  void add(PodMetric metric, long value, String... labels) {
    addOf(0, metric, value, labels);
  }

  /** Nothing, where there is no value. */
  void add(PodMetric metric, OptionalLong value, String... labels) {
    value.ifPresent(present -> add(metric, present, labels));
  }

  void addSeconds(PodMetric metric, long nanos, String... labels) {
    add(metric, nanos / 1_000_000_000L, labels);
  }

  /** A sample read earlier. */
  void addOf(long atNanos, PodMetric metric, long value, String... labels) {
    metrics.add(
        Metric.newBuilder()
            .setName(metric.metricName())
            .setTimestamp(atNanos)
            .setMetricType(metric.type())
            .addAllLabelValues(subject)
            .addAllLabelValues(List.of(labels))
            .setValue(CgroupFigures.number(value))
            .build());
  }

  List<Metric> metrics() {
    return metrics;
  }
}
