package io.crij.container.stats;

import io.crij.cri.ListContainerStatsRequest;
import io.crij.cri.ListContainerStatsResponse;
import java.util.List;

/** What each running container uses. One that ends meanwhile, or whose kernel files hang, is left out. */
public final class ListContainerStats {
  private final Measuring measuring;
  private final ContainerFigures figures;

  public ListContainerStats(Measuring measuring) {
    this.measuring = measuring;
    this.figures = new ContainerFigures(measuring);
  }

  public ListContainerStatsResponse run(ListContainerStatsRequest request) {
    List<MeasuredContainer> all = measuring.node().containers();
    measuring.forgetOthers(all);
    List<MeasuredContainer> wanted =
        all.stream().filter(container -> StatsFilters.matches(request.getFilter(), container)).toList();
    return ListContainerStatsResponse.newBuilder().addAllStats(figures.of(wanted)).build();
  }
}
