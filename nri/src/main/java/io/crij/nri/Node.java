package io.crij.nri;

import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.Container;
import io.crij.nri.api.PodSandbox;
import java.util.List;

/** The pods and containers that there are, and what plugins may do to them at any time. Answers from memory. */
public interface Node {
  List<PodSandbox> pods();

  List<Container> containers();

  /**
   * Changes the limits of a container, without a word to the plugins.
   *
   * @param containerId the full id; nothing happens if there is none
   * @throws io.crij.core.CriException if they cannot be set
   */
  void update(String containerId, LinuxContainerResources resources);

  /**
   * Kills a container.
   *
   * @param containerId the full id; nothing happens if there is none
   * @throws io.crij.core.CriException if it does not end
   */
  void evict(String containerId);
}
