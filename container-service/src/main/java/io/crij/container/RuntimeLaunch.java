package io.crij.container;

import io.crij.container.oci.OciBundle;
import io.crij.container.oci.OciConfig;
import io.crij.container.oci.OciFacts;
import io.crij.container.oci.OciNamespace;
import io.crij.container.oci.OciPlan;
import io.crij.container.oci.OciRuntime;
import io.crij.container.launch.CgroupFacts;
import io.crij.cgroups.DeviceRules;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.MountPropagation;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.sandbox.ReadySandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Prepares a container that an OCI runtime is to start. */
final class RuntimeLaunch {
  private final ContainerHost host;
  private final OciRuntime runtime;
  private final ReadySandbox pod;

  RuntimeLaunch(ContainerHost host, OciRuntime runtime, ReadySandbox pod) {
    this.host = host;
    this.runtime = runtime;
    this.pod = pod;
  }

  /** @throws CriException naming the field that such a runtime cannot do */
  void check(ContainerConfig config) {
    for (int i = 0; i < config.getMountsCount(); i++) {
      if (config.getMounts(i).getPropagation() == MountPropagation.PROPAGATION_BIDIRECTIONAL) {
        throw CriException.invalid(
            "config.mounts[" + i + "].propagation: handler '" + runtime.name() + "' lets no mount out of a container; use HOST_TO_CONTAINER, or the default handler.");
      }
    }
  }

  /**
   * Writes the bundle.
   *
   * @return the plan that goes with it
   */
  LaunchPlan write(ContainerDraft draft, DeviceRules devices, OciBundle bundle) throws IOException {
    ContainerRecord record = draft.record();
    LaunchPlan plan = draft.plan();
    String seccomp =
        plan.operations().stream()
            .filter(PlanOp.Seccomp.class::isInstance)
            .map(op -> host.seccomp().ociProfile(((PlanOp.Seccomp) op).filter()))
            .findFirst()
            .orElse(null);
    // gVisor would take them for an order to join the sandbox that they name.
    Map<String, String> annotations = runtime.isolated() ? draft.config().getAnnotationsMap() : RuntimeAnnotations.of(draft, pod);
    OciFacts facts = new OciFacts(bundle.folder(), runtime.isolated() ? pod.hostname() : null, namespaces(record, plan), record.cgroup(), devices, OpenFiles.most(host.node().capabilities()), seccomp, annotations);
    bundle.make(OciConfig.write(plan, facts, draft.hooks()));
    return OciPlan.of(plan, bundle, runtime.launch(bundle, record.id(), plan, born(host.cgroups().facts(record.cgroup()))));
  }

  /** Of a hybrid node's hierarchies runtimes enter those of version 1 alone. */
  private String born(CgroupFacts cgroup) {
    Path unified = cgroup.unified();
    return unified == null || (cgroup.onlyV2() && !runtime.isolated()) ? "" : unified.toString();
  }

  /** The pod's network, IPC and UTS namespaces are those of the process that calls the runtime. */
  private List<OciNamespace> namespaces(ContainerRecord record, LaunchPlan plan) {
    List<OciNamespace> namespaces = new ArrayList<>();
    namespaces.add(OciNamespace.own("mount"));
    if (runtime.isolated()) {
      // Its kernel has namespaces of its own.
      namespaces.add(OciNamespace.own("pid"));
      namespaces.add(OciNamespace.own("uts"));
      return namespaces;
    }
    if (plan.operations().stream().anyMatch(op -> op instanceof PlanOp.Enter enter && enter.ownCgroupNamespace())) {
      namespaces.add(OciNamespace.own("cgroup"));
    }
    switch (record.pidMode()) {
      case OWN -> namespaces.add(OciNamespace.own("pid"));
      case POD -> namespaces.add(pidOf(pod.monitor().hello().initPid()));
      case TARGET -> namespaces.add(pidOf(target(record.targetId())));
      case NODE -> {}
    }
    return namespaces;
  }

  private int target(String id) {
    return host.store()
        .find(id)
        .filter(container -> container.state() == ContainerState.RUNNING)
        .map(container -> container.life().pid())
        .orElseThrow(() -> CriException.precondition("Container " + id + ", whose PID namespace is to be shared, does not run."));
  }

  private static OciNamespace pidOf(int pid) {
    return new OciNamespace("pid", "/proc/" + pid + "/ns/pid");
  }

  /** The bundle that a container has, or would have. */
  static OciBundle bundle(ContainerRecord record) {
    return OciBundle.of(Objects.requireNonNull(Path.of(record.planFile()).getParent()), new ObjectId(record.id()));
  }
}
