package io.crij.container;

import io.crij.cri.ContainerFilter;
import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListContainersResponse;
import java.util.Map;

/** The containers of this node, oldest first. Answers from memory. */
public final class ListContainers {
  private final ContainerHost host;

  public ListContainers(ContainerHost host) {
    this.host = host;
  }

  /** Every field of the filter narrows; what is not set does not. Beginnings of ids are understood. */
  public ListContainersResponse run(ListContainersRequest request) {
    ListContainersResponse.Builder response = ListContainersResponse.newBuilder();
    for (Container container : host.store().all()) {
      if (matches(request.getFilter(), container)) {
        response.addContainers(item(container));
      }
    }
    return response.build();
  }

  private static boolean matches(ContainerFilter filter, Container container) {
    if (!container.id().hex().startsWith(filter.getId())
        || !container.sandbox().hex().startsWith(filter.getPodSandboxId())) {
      return false;
    }
    if (filter.hasState() && filter.getState().getState() != container.state().toCri()) {
      return false;
    }
    Map<String, String> labels = container.config().getLabelsMap();
    return filter.getLabelSelectorMap().entrySet().stream()
        .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
  }

  private static io.crij.cri.Container item(Container container) {
    ContainerRecord record = container.record();
    return io.crij.cri.Container.newBuilder()
        .setId(record.id())
        .setPodSandboxId(record.sandboxId())
        .setMetadata(container.config().getMetadata())
        .setImage(record.shownImage(container.config()))
        .setImageRef(record.image().ref())
        .setImageId(record.image().id())
        .setState(record.life().state().toCri())
        .setCreatedAt(record.createdAtNanos())
        .putAllLabels(container.config().getLabelsMap())
        .putAllAnnotations(container.config().getAnnotationsMap())
        .build();
  }
}
