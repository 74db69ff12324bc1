package io.crij.container;

import io.crij.container.launch.LayerFolders;
import io.crij.container.stats.MeasuredContainer;
import io.crij.container.stats.MeasuredNode;
import io.crij.sandbox.PodView;
import io.crij.sandbox.Sandboxes;
import java.util.List;

/** The pods and containers of this node, for those who measure what they use. */
public final class NodeToMeasure implements MeasuredNode {
  private final ContainerStore store;
  private final Sandboxes sandboxes;

  public NodeToMeasure(ContainerHost host, Sandboxes sandboxes) {
    this.store = host.store();
    this.sandboxes = sandboxes;
  }

  @Override
  public List<MeasuredContainer> containers() {
    return store.all().stream().map(this::measured).toList();
  }

  @Override
  public MeasuredContainer container(String idOrPrefix) {
    return measured(store.get(idOrPrefix));
  }

  @Override
  public List<PodView> pods() {
    return sandboxes.all();
  }

  @Override
  public PodView pod(String idOrPrefix) {
    return sandboxes.view(idOrPrefix);
  }

  private MeasuredContainer measured(Container container) {
    Life life = container.life();
    LayerFolders folders = LayerFolders.in(store.folder(container.id()));
    return new MeasuredContainer(
        container.id(),
        container.sandbox(),
        life.state() == ContainerState.RUNNING || life.state() == ContainerState.UNKNOWN,
        container.config(),
        container.resources(),
        container.record().cgroup(),
        List.of(folders.upper(), folders.volumes()),
        life.startedAtNanos(),
        life.pid());
  }
}
