package io.crij.container;

import io.crij.core.ObjectId;
import io.crij.nri.api.PodSandbox;
import io.crij.sandbox.PodView;
import io.crij.sandbox.ReadySandbox;
import io.crij.sandbox.Sandboxes;
import java.nio.file.Path;
import java.util.List;

/** How containers get at their pod; an interface so that their states are tested without one. */
interface Pods {
  /**
   * The pod, if containers can be made and started in it now.
   *
   * @throws io.crij.core.CriException NOT_FOUND, FAILED_PRECONDITION or UNAVAILABLE
   */
  ReadySandbox ready(String idOrPrefix);

  /** The run folder that a pod has while it lives. */
  Path runFolder(ObjectId id);

  /** The pods that can be seen, in any state. */
  List<ObjectId> all();

  /** The pod as NRI plugins see it, with nothing but its id if there is none. */
  default PodSandbox pluginView(ObjectId id) {
    return PodSandbox.newBuilder().setId(id.hex()).build();
  }

  /** The pods of this node. */
  static Pods of(Sandboxes sandboxes) {
    return new Pods() {
      @Override
      public ReadySandbox ready(String idOrPrefix) {
        return sandboxes.ready(idOrPrefix);
      }

      @Override
      public Path runFolder(ObjectId id) {
        return sandboxes.runFolder(id);
      }

      @Override
      public List<ObjectId> all() {
        return sandboxes.all().stream().map(PodView::id).toList();
      }

      @Override
      public PodSandbox pluginView(ObjectId id) {
        return sandboxes.pluginView(id);
      }
    };
  }
}
