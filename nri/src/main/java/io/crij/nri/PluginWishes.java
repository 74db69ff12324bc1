package io.crij.nri;

import io.crij.core.CriException;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.ContainerUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does to other containers what plugins ask for. One that cannot be changed stops nothing else. */
final class PluginWishes {
  private static final Logger LOG = LoggerFactory.getLogger(PluginWishes.class);

  private final AtomicReference<Node> node;

  /** @param node set before the first plugin comes */
  PluginWishes(AtomicReference<Node> node) {
    this.node = node;
  }

  /** Does them and returns those that could not be done, and had to be. */
  List<ContainerUpdate> update(List<ContainerUpdate> updates) {
    List<ContainerUpdate> failed = new ArrayList<>();
    for (ContainerUpdate update : updates) {
      try {
        LinuxContainerResources limits =
            CriLimits.over(
                LinuxContainerResources.getDefaultInstance(), update.getLinux().getResources(), "An NRI plugin, for another container,");
        node.get().update(update.getContainerId(), limits);
      } catch (CriException e) {
        LOG.warn("Container {} is not changed as an NRI plugin asked for: {}", Words.printable(update.getContainerId()), e.getMessage());
        if (!update.getIgnoreFailure()) {
          failed.add(update);
        }
      }
    }
    return failed;
  }

  void evict(String container, String reason) {
    try {
      LOG.info("An NRI plugin evicts container {}: {}", Words.printable(container), Words.printable(reason));
      node.get().evict(container);
    } catch (CriException e) {
      LOG.warn("Container {} is not evicted as an NRI plugin asked for: {}", Words.printable(container), e.getMessage());
    }
  }
}
