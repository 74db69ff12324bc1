package io.crij.sandbox;

import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxConfig;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a pod gets onto the network and off it. */
interface NetworkAttachment {
  /**
   * Attaches the pod.
   *
   * @return its addresses without prefix length, the first one being the pod's own; at least one
   */
  List<String> add(ObjectId id, PodSandboxConfig config, Path netns);

  /**
   * Detaches it; idempotent, also for a pod that never was attached.
   *
   * @param netns null if the namespace is gone, as after a reboot
   */
  void remove(ObjectId id, PodSandboxConfig config, @Nullable Path netns);

  /** Gives back what pods other than these still hold. */
  void collect(Collection<ObjectId> living);
}
