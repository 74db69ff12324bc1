package io.crij.container.oci;

import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The plan of a container that an OCI runtime starts: of the built-in one what the runtime cannot do (layers, the pod's namespaces), and
 * what an exec needs. The rest is in {@code config.json}.
 */
public final class OciPlan {
  private OciPlan() {}

  /** The plan, of one that {@link OciConfig} was written from. */
  public static LaunchPlan of(LaunchPlan plan, OciBundle bundle, PlanOp.Runtime runtime) {
    Set<Integer> made = new HashSet<>();
    for (PlanOp operation : plan.operations()) {
      switch (operation) {
        case PlanOp.Image op -> made.add(op.slot());
        case PlanOp.Volume op -> made.add(op.slot());
        default -> {}
      }
    }
    List<PlanOp> rest = new ArrayList<>();
    for (PlanOp operation : plan.operations()) {
      switch (operation) {
        case PlanOp.Enter op -> rest.add(new PlanOp.Enter(false, bundle.folder().toString()));
        case PlanOp.Pivot op -> rest.add(runtime);
        case PlanOp.Source op when !made.contains(op.slot()) -> {}
        case PlanOp.Mount op when !made.contains(op.slot()) -> {}
        case PlanOp.DeviceProgram op -> {}
        case PlanOp.Filesystem op -> {}
        case PlanOp.PodShm op -> {}
        case PlanOp.Folder op -> {}
        case PlanOp.Device op -> {}
        case PlanOp.Symlink op -> {}
        case PlanOp.Mask op -> {}
        case PlanOp.Readonly op -> {}
        case PlanOp.Sysctl op -> {}
        default -> rest.add(operation);
      }
    }
    return new LaunchPlan(rest);
  }
}
