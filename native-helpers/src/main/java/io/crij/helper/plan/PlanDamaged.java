package io.crij.helper.plan;

/** Bytes that are no plan: found while they are read, turned into one sentence by {@link LaunchPlan#decode}. */
final class PlanDamaged extends RuntimeException {
  private static final long serialVersionUID = 1;

  PlanDamaged(String reason) {
    super(reason);
  }
}
