package io.crij.container;

import io.crij.container.hooks.Hook;
import io.crij.container.hooks.HookStage;
import io.crij.container.hooks.Hooks;
import io.crij.core.CriException;
import java.util.List;

/** The hooks that NRI plugins add to a container. */
final class AdjustedHooks {
  private AdjustedHooks() {}

  /** @throws CriException INVALID_ARGUMENT for one that cannot be run */
  static Hooks of(io.crij.nri.api.Hooks asked) {
    return of(HookStage.PRESTART, asked.getPrestartList())
        .plus(of(HookStage.CREATE_RUNTIME, asked.getCreateRuntimeList()))
        .plus(of(HookStage.CREATE_CONTAINER, asked.getCreateContainerList()))
        .plus(of(HookStage.START_CONTAINER, asked.getStartContainerList()))
        .plus(of(HookStage.POSTSTART, asked.getPoststartList()))
        .plus(of(HookStage.POSTSTOP, asked.getPoststopList()));
  }

  private static Hooks of(HookStage stage, List<io.crij.nri.api.Hook> asked) {
    Hooks hooks = Hooks.NONE;
    for (io.crij.nri.api.Hook one : asked) {
      try {
        hooks = hooks.plus(stage, Hook.of(one.getPath(), one.getArgsList(), one.getEnvList(), one.hasTimeout() ? one.getTimeout().getValue() : 0));
      } catch (IllegalArgumentException e) {
        throw new CriException(
            io.crij.core.ErrorCode.INVALID_ARGUMENT, "An NRI plugin adds a " + stage.word() + " hook that cannot be run: " + e.getMessage() + ".", e);
      }
    }
    return hooks;
  }
}
