package io.crij.container;

import io.crij.cri.LinuxContainerResources;
import io.crij.nri.Node;
import io.crij.nri.api.PodSandbox;
import io.crij.sandbox.Sandboxes;
import java.time.Duration;
import java.util.List;

/** The pods and containers of this node, for NRI plugins. */
public final class PluginNode implements Node {
  private final ContainerHost host;
  private final Sandboxes sandboxes;
  private final UpdateContainerResources update;

  public PluginNode(ContainerHost host, Sandboxes sandboxes, UpdateContainerResources update) {
    this.host = host;
    this.sandboxes = sandboxes;
    this.update = update;
  }

  @Override
  public List<PodSandbox> pods() {
    return sandboxes.pluginViews();
  }

  @Override
  public List<io.crij.nri.api.Container> containers() {
    return host.store().all().stream().map(ContainerPlugins::view).toList();
  }

  @Override
  public void update(String containerId, LinuxContainerResources resources) {
    host.store().find(containerId).ifPresent(container -> update.unasked(container, resources));
  }

  @Override
  public void evict(String containerId) {
    host.store().find(containerId).ifPresent(container -> host.stops().stop(container, Duration.ZERO));
  }
}
