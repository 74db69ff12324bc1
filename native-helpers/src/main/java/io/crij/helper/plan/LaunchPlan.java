package io.crij.helper.plan;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.util.List;

/**
 * What a container's first process does between its birth and its {@code execve}: data, made without root by pure code, and
 * executed in order by {@code crij-pod}.
 */
public record LaunchPlan(List<PlanOp> operations) {
  /** The largest body in bytes. */
  public static final int MAX_BODY_BYTES = 1 << 20;

  /** The most operations, END included. */
  public static final int MAX_OPERATIONS = 4096;

  public LaunchPlan {
    operations = List.copyOf(operations);
  }

  /**
   * The plan as {@code crij-pod} reads it, after the same checks that {@code crij-pod} makes.
   *
   * @throws CriException INVALID_ARGUMENT, naming the operation, if it breaks a rule or a bound
   */
  public byte[] encode() {
    PlanRules.check(operations);
    return PlanEncoder.encode(operations);
  }

  /**
   * The opposite of {@link #encode}.
   *
   * @throws CriException DATA_LOSS if the bytes are no plan of this version
   */
  public static LaunchPlan decode(byte[] bytes) {
    try {
      LaunchPlan plan = new LaunchPlan(PlanDecoder.decode(bytes));
      PlanRules.check(plan.operations);
      return plan;
    } catch (PlanDamaged | CriException e) {
      throw new CriException(ErrorCode.DATA_LOSS, "The launch plan cannot be read: " + e.getMessage() + ".", e);
    }
  }
}
