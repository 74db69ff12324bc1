package io.crij.container.stats;

import io.crij.cri.ListPodSandboxStatsRequest;
import io.crij.cri.ListPodSandboxStatsResponse;
import io.crij.sandbox.PodView;
import java.util.List;

/** What each ready pod uses, with each of its running containers. */
public final class ListPodSandboxStats {
  private final Measuring measuring;
  private final PodFigures figures;

  public ListPodSandboxStats(Measuring measuring) {
    this.measuring = measuring;
    this.figures = new PodFigures(measuring);
  }

  public ListPodSandboxStatsResponse run(ListPodSandboxStatsRequest request) {
    List<PodView> wanted =
        measuring.node().pods().stream()
            .filter(PodView::ready)
            .filter(pod -> StatsFilters.matches(request.getFilter(), pod))
            .toList();
    return ListPodSandboxStatsResponse.newBuilder().addAllStats(figures.of(wanted)).build();
  }
}
