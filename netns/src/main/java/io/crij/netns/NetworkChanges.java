package io.crij.netns;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** What the log should say of the network: kubelet asks for its status every five seconds, and hears the same for hours. */
final class NetworkChanges {
  /** A node that starts with a network has no change to tell. */
  private final AtomicReference<NetworkStatus> told = new AtomicReference<>(NetworkStatus.READY);

  /** A sentence when the network is lost, is not there for another reason than before, or is back. */
  Optional<String> toTell(NetworkStatus now) {
    if (now.equals(told.getAndSet(now))) {
      return Optional.empty();
    }
    return Optional.of(now.ready() ? "Pods can be connected to the network again." : "New pods wait for a network. " + now.message());
  }
}
