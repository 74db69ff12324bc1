package io.crij.container.stats;

import io.crij.cri.ContainerStatsFilter;
import io.crij.cri.PodSandboxStatsFilter;
import io.crij.sandbox.PodView;
import java.util.Map;

/** Filters: every field narrows, what is not set does not. Beginnings of ids are understood. */
final class StatsFilters {
  private StatsFilters() {}

  static boolean matches(ContainerStatsFilter filter, MeasuredContainer container) {
    return container.id().hex().startsWith(filter.getId())
        && container.sandbox().hex().startsWith(filter.getPodSandboxId())
        && hasAll(container.config().getLabelsMap(), filter.getLabelSelectorMap());
  }

  static boolean matches(PodSandboxStatsFilter filter, PodView pod) {
    return pod.id().hex().startsWith(filter.getId())
        && hasAll(pod.config().getLabelsMap(), filter.getLabelSelectorMap());
  }

  private static boolean hasAll(Map<String, String> labels, Map<String, String> wanted) {
    return wanted.entrySet().stream().allMatch(pair -> pair.getValue().equals(labels.get(pair.getKey())));
  }
}
