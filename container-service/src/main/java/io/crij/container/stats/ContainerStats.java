package io.crij.container.stats;

import io.crij.core.CriException;
import io.crij.cri.ContainerStatsRequest;
import io.crij.cri.ContainerStatsResponse;

/** What one container uses. One that does not run has only what it wrote. */
public final class ContainerStats {
  private final Measuring measuring;
  private final ContainerFigures figures;

  public ContainerStats(Measuring measuring) {
    this.measuring = measuring;
    this.figures = new ContainerFigures(measuring);
  }

  /** @throws CriException NOT_FOUND; DEADLINE_EXCEEDED if the kernel does not answer */
  public ContainerStatsResponse run(ContainerStatsRequest request) {
    MeasuredContainer container = measuring.node().container(request.getContainerId());
    measuring.forgetOthers(measuring.node().containers());
    return ContainerStatsResponse.newBuilder().setStats(figures.of(container)).build();
  }
}
