package io.crij.container.stats;

import io.crij.cri.ListPodSandboxMetricsRequest;
import io.crij.cri.ListPodSandboxMetricsResponse;

/** The metrics of all ready pods and their running containers, under cAdvisor's names. */
public final class ListPodSandboxMetrics {
  private final MetricsOfPods metrics;

  public ListPodSandboxMetrics(Measuring measuring) {
    this.metrics = new MetricsOfPods(measuring);
  }

  public ListPodSandboxMetricsResponse run(ListPodSandboxMetricsRequest request) {
    return ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(metrics.all()).build();
  }
}
