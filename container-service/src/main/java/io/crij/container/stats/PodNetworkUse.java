package io.crij.container.stats;

import io.crij.helper.netlink.LinkCounters;
import io.crij.helper.netlink.NamespaceLinks;
import io.crij.sandbox.PodView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The interfaces in a pod's network namespace. */
final class PodNetworkUse {
  private static final Logger LOG = LoggerFactory.getLogger(PodNetworkUse.class);

  /** The interface that CNI plugins are told to make. */
  private static final String MAIN = "eth0";

  private PodNetworkUse() {}

  /** All but the loopback; empty with the node's network, and where the namespace is gone. */
  static Optional<List<LinkCounters>> of(PodView pod) {
    Path pin = pod.netns();
    if (pin == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(NamespaceLinks.of(pin).stream().filter(link -> !link.name().equals("lo")).toList());
    } catch (IOException e) {
      LOG.debug("What the network of sandbox {} carried is not known: {}", pod.id(), e.getMessage());
      return Optional.empty();
    }
  }

  /** The one that CNI made; without it the first that there is. */
  static Optional<LinkCounters> main(List<LinkCounters> links) {
    Optional<LinkCounters> named = links.stream().filter(link -> link.name().equals(MAIN)).findFirst();
    return named.isPresent() ? named : links.stream().findFirst();
  }
}
