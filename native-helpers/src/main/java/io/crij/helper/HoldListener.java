package io.crij.helper;

import io.crij.core.ObjectId;

/** Works on a container whose process stands at a {@link io.crij.helper.plan.PlanOp.Hold} of its plan. */
@FunctionalInterface
public interface HoldListener {
  /** For plans without a hold. */
  HoldListener NONE =
      held -> {
        throw new IllegalStateException("nobody waits for the hold " + held.name() + " of container " + held.container().hex());
      };

  /** The process goes on when this returns. When it throws, the process is killed and the start throws the same. */
  void held(Held held);

  /**
   * @param pid in the host's numbering
   * @param name of the hold
   */
  record Held(ObjectId container, int pid, String name) {}
}
