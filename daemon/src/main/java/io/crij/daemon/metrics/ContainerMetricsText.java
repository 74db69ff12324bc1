package io.crij.daemon.metrics;

import io.crij.cri.ContainerMetrics;
import io.crij.cri.ListMetricDescriptorsResponse;
import io.crij.cri.ListPodSandboxMetricsResponse;
import io.crij.cri.Metric;
import io.crij.cri.MetricDescriptor;
import io.crij.cri.MetricType;
import io.crij.cri.PodSandboxMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What pods and containers use, with cAdvisor's names, out of what the CRI answers kubelet. Pure. */
public final class ContainerMetricsText {
  private ContainerMetricsText() {}

  /** In the text format of Prometheus: all samples of a name together. */
  public static String of(ListMetricDescriptorsResponse described, ListPodSandboxMetricsResponse measured) {
    Map<String, MetricDescriptor> descriptors = new LinkedHashMap<>();
    described.getDescriptorsList().forEach(descriptor -> descriptors.put(descriptor.getName(), descriptor));
    Map<String, List<String>> samples = new LinkedHashMap<>();
    Map<String, MetricType> types = new LinkedHashMap<>();
    for (PodSandboxMetrics pod : measured.getPodMetricsList()) {
      pod.getMetricsList().forEach(metric -> add(metric, descriptors, samples, types));
      for (ContainerMetrics container : pod.getContainerMetricsList()) {
        container.getMetricsList().forEach(metric -> add(metric, descriptors, samples, types));
      }
    }
    StringBuilder text = new StringBuilder();
    samples.forEach(
        (name, lines) -> {
          MetricDescriptor descriptor = descriptors.getOrDefault(name, MetricDescriptor.getDefaultInstance());
          text.append("# HELP ").append(name).append(' ').append(descriptor.getHelp().replace("\\", "\\\\").replace("\n", "\\n")).append('\n');
          text.append("# TYPE ").append(name).append(types.get(name) == MetricType.COUNTER ? " counter\n" : " gauge\n");
          lines.forEach(line -> text.append(line).append('\n'));
        });
    return text.toString();
  }

  private static void add(Metric metric, Map<String, MetricDescriptor> descriptors, Map<String, List<String>> samples, Map<String, MetricType> types) {
    MetricDescriptor descriptor = descriptors.get(metric.getName());
    if (descriptor == null) {
      return; // the CRI says that there is none without
    }
    StringBuilder line = new StringBuilder(metric.getName()).append('{');
    for (int i = 0; i < Math.min(descriptor.getLabelKeysCount(), metric.getLabelValuesCount()); i++) {
      line.append(i == 0 ? "" : ",").append(descriptor.getLabelKeys(i)).append("=\"").append(escaped(metric.getLabelValues(i))).append('"');
    }
    line.append("} ").append(Long.toUnsignedString(metric.getValue().getValue()));
    samples.computeIfAbsent(metric.getName(), name -> new ArrayList<>()).add(line.toString());
    types.putIfAbsent(metric.getName(), metric.getMetricType());
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
