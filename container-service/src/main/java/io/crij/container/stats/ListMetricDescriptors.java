package io.crij.container.stats;

import io.crij.cri.ListMetricDescriptorsRequest;
import io.crij.cri.ListMetricDescriptorsResponse;
import io.crij.cri.MetricDescriptor;
import java.util.Arrays;
import java.util.List;

/** Every metric that ListPodSandboxMetrics may have; the same for the daemon's whole life. */
public final class ListMetricDescriptors {
  private static final List<MetricDescriptor> ALL = Arrays.stream(PodMetric.values()).map(PodMetric::descriptor).toList();

  public ListMetricDescriptorsResponse run(ListMetricDescriptorsRequest request) {
    return ListMetricDescriptorsResponse.newBuilder().addAllDescriptors(ALL).build();
  }
}
