package io.crij.container;

import io.crij.container.hooks.HookRecord;
import io.crij.container.hooks.HookedPlan;
import io.crij.container.hooks.Hooks;
import io.crij.container.hooks.HooksFolders;
import io.crij.container.launch.Command;
import io.crij.container.oci.OciBundle;
import io.crij.container.oci.OciConfig;
import io.crij.container.oci.OciFacts;
import io.crij.container.oci.OciNamespace;
import io.crij.core.Undo;
import io.crij.cri.ContainerConfig;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.image.LocalImage;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives a container that is being made its hooks: in its plan, on disk, and the bundle that they find it by. */
final class HooksOfContainer {
  private final ContainerHost host;

  HooksOfContainer(ContainerHost host) {
    this.host = host;
  }

  /** The hooks of the node's operator that fit the container. */
  static Hooks ofNode(ContainerHost host, ContainerConfig config, ReadySandbox pod, LocalImage image) {
    Map<String, String> annotations = new HashMap<>(pod.config().getAnnotationsMap());
    annotations.putAll(config.getAnnotationsMap());
    String command = Command.of(config, image.config()).getFirst();
    return host.nodeHooks().folders().of(new HooksFolders.About(annotations, command, config.getMountsCount() > 0));
  }

  /**
   * Writes down what is needed after this, and the bundle; the container's folder exists.
   *
   * @return the plan as this node's own launcher starts it
   */
  LaunchPlan launched(ContainerDraft draft, ReadySandbox pod, Undo undo) throws IOException {
    Hooks hooks = draft.hooks();
    if (hooks.isEmpty()) {
      return draft.plan();
    }
    OciBundle bundle = RuntimeLaunch.bundle(draft.record());
    Map<String, String> annotations = RuntimeAnnotations.of(draft, pod);
    LaunchPlan plan = HookedPlan.of(draft.plan(), hooks, draft.record().id(), bundle.folder().toString(), annotations);
    host.hooks().made(draft.record().objectId(), new HookRecord(hooks, bundle.folder().toString(), annotations, false));
    undo.add("bundle", () -> TreeRemoval.remove(bundle.folder()));
    bundle.make(config(draft, pod, bundle.folder()));
    if (pod.modes().user() != null) {
      bundle.giveTo(pod.modes().user());
    }
    return plan;
  }

  private byte[] config(ContainerDraft draft, ReadySandbox pod, Path bundle) {
    List<OciNamespace> namespaces = new ArrayList<>(List.of(OciNamespace.own("mount")));
    Path netns = pod.netns();
    if (netns != null) {
      namespaces.add(new OciNamespace("network", netns.toString()));
    }
    OciFacts facts =
        new OciFacts(
            bundle,
            pod.modes().ownNetwork() ? pod.hostname() : null,
            namespaces,
            draft.record().cgroup(),
            draft.devices().rules(),
            OpenFiles.most(host.node().capabilities()),
            null,
            RuntimeAnnotations.of(draft, pod));
    // Its words are not kept, only its instructions; no hook looks for it.
    LaunchPlan readable = new LaunchPlan(draft.plan().operations().stream().filter(operation -> !(operation instanceof PlanOp.Seccomp)).toList());
    return OciConfig.write(readable, facts, draft.hooks());
  }
}
