package io.crij.helper.plan;

/** Where an operation is executed. A plan goes through the phases in this order, by {@code Enter} and {@code Pivot}. */
enum Phase {
  /** In the host's mount namespace. */
  HOST,
  /** In a private copy of the pod's seed mount namespace. */
  SEED,
  /** In the container's root; these are executed for an exec too. */
  CONTAINER;

  /** The phase in which the operation comes; of the two that move on, the phase they end; of one that comes in several, the latest. */
  static Phase of(PlanOp operation) {
    return switch (operation) {
      case PlanOp.Hold op -> SEED;
      case PlanOp.Cgroup op -> HOST;
      case PlanOp.DeviceProgram op -> HOST;
      case PlanOp.Join op -> HOST;
      case PlanOp.OomScoreAdj op -> HOST;
      case PlanOp.Source op -> HOST;
      case PlanOp.Overlay op -> HOST;
      case PlanOp.User op -> HOST;
      case PlanOp.Image op -> HOST;
      case PlanOp.Enter op -> HOST;
      case PlanOp.Root op -> SEED;
      case PlanOp.Filesystem op -> SEED;
      case PlanOp.Mount op -> SEED;
      case PlanOp.PodShm op -> SEED;
      case PlanOp.Folder op -> SEED;
      case PlanOp.Device op -> SEED;
      case PlanOp.Symlink op -> SEED;
      case PlanOp.Volume op -> SEED;
      case PlanOp.Mask op -> SEED;
      case PlanOp.Readonly op -> SEED;
      case PlanOp.Console op -> SEED;
      case PlanOp.Sysctl op -> SEED;
      case PlanOp.CreateHook op -> SEED;
      case PlanOp.Pivot op -> SEED;
      case PlanOp.Runtime op -> SEED;
      case PlanOp.Rlimit op -> CONTAINER;
      case PlanOp.Cwd op -> CONTAINER;
      case PlanOp.Ids op -> CONTAINER;
      case PlanOp.Caps op -> CONTAINER;
      case PlanOp.NoNewPrivs op -> CONTAINER;
      case PlanOp.Seccomp op -> CONTAINER;
      case PlanOp.Env op -> CONTAINER;
      case PlanOp.Arg op -> CONTAINER;
      case PlanOp.Umask op -> CONTAINER;
      case PlanOp.AppArmor op -> CONTAINER;
      case PlanOp.StartHook op -> CONTAINER;
    };
  }
}
