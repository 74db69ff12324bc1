package io.crij.container.hooks;

import io.crij.core.CriException;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A launch plan with the hooks in it that run before the program does: those of the node before anything is hidden in the new root,
 * which runtimes do later, too. Pure.
 */
public final class HookedPlan {
  /** Where the process stands still while {@link HookStage#PRESTART} and {@link HookStage#CREATE_RUNTIME} run. */
  public static final String HOLD = "createRuntime";

  private static final int LONGEST_HOLD_MILLIS = 600_000;

  private HookedPlan() {}

  /**
   * @param bundle the bundle's folder
   * @throws CriException INVALID_ARGUMENT for too many hooks
   */
  public static LaunchPlan of(LaunchPlan plan, Hooks hooks, String containerId, String bundle, Map<String, String> annotations) {
    if (hooks.count() > Hooks.MOST) {
      throw CriException.invalid("The container would get " + hooks.count() + " hooks, more than " + Hooks.MOST + ".");
    }
    List<PlanOp> early = early(hooks, HookState.of(containerId, "creating", bundle, annotations));
    List<PlanOp> all = new ArrayList<>();
    boolean pending = !early.isEmpty();
    for (PlanOp operation : plan.operations()) {
      if (pending && (operation instanceof PlanOp.Mask || operation instanceof PlanOp.Readonly || operation instanceof PlanOp.Pivot)) {
        all.addAll(early);
        pending = false;
      }
      all.add(operation instanceof PlanOp.Enter enter && !early.isEmpty() ? new PlanOp.Enter(enter.ownCgroupNamespace(), bundle) : operation);
    }
    HookState created = HookState.of(containerId, "created", bundle, annotations);
    for (Hook hook : hooks.at(HookStage.START_CONTAINER)) {
      all.add(new PlanOp.StartHook(hook.path(), hook.args(), hook.env(), hook.timeoutMillis(), created.before(), created.after()));
    }
    return new LaunchPlan(all);
  }

  private static List<PlanOp> early(Hooks hooks, HookState creating) {
    List<PlanOp> early = new ArrayList<>();
    int held = hooks.at(HookStage.PRESTART).stream().mapToInt(Hook::timeoutMillis).sum() + hooks.at(HookStage.CREATE_RUNTIME).stream().mapToInt(Hook::timeoutMillis).sum();
    if (held > 0) {
      early.add(new PlanOp.Hold(HOLD, Math.min(held + PlanOp.Hold.PATIENCE_MS, LONGEST_HOLD_MILLIS)));
    }
    for (Hook hook : hooks.at(HookStage.CREATE_CONTAINER)) {
      early.add(new PlanOp.CreateHook(hook.path(), hook.args(), hook.env(), hook.timeoutMillis(), creating.before(), creating.after()));
    }
    return early;
  }
}
