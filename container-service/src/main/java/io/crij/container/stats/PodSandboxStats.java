package io.crij.container.stats;

import io.crij.core.CriException;
import io.crij.cri.PodSandboxStatsRequest;
import io.crij.cri.PodSandboxStatsResponse;

/** What one pod uses, with each of its running containers. A stopped pod has its attributes only. */
public final class PodSandboxStats {
  private final Measuring measuring;
  private final PodFigures figures;

  public PodSandboxStats(Measuring measuring) {
    this.measuring = measuring;
    this.figures = new PodFigures(measuring);
  }

  /** @throws CriException NOT_FOUND; DEADLINE_EXCEEDED if the kernel does not answer */
  public PodSandboxStatsResponse run(PodSandboxStatsRequest request) {
    return PodSandboxStatsResponse.newBuilder()
        .setStats(figures.of(measuring.node().pod(request.getPodSandboxId())))
        .build();
  }
}
