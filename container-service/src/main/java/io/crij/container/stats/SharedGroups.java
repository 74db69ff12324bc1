package io.crij.container.stats;

import io.crij.sandbox.PodView;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Which control groups several pods have their containers in. kubelet gives each pod one of its own; other clients may not, and
 * then what the group uses says nothing of one pod.
 */
record SharedGroups(Map<String, Integer> users) {
  static SharedGroups of(Collection<PodView> pods) {
    Map<String, Integer> users = new HashMap<>();
    pods.forEach(pod -> users.merge(pod.cgroupParent(), 1, Integer::sum));
    return new SharedGroups(users);
  }

  boolean isShared(PodView pod) {
    // The root has other users, always.
    return pod.cgroupParent().equals("/") || users.getOrDefault(pod.cgroupParent(), 1) > 1;
  }
}
