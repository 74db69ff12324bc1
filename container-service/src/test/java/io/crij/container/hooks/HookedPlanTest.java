package io.crij.container.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HookedPlanTest {
  private static final LaunchPlan PLAN =
      new LaunchPlan(
          List.of(
              new PlanOp.Source(0, "/r", false, SourceNeeds.ANYTHING),
              new PlanOp.Enter(true),
              new PlanOp.Root(0, Set.of(), Propagation.SLAVE),
              new PlanOp.Readonly("/sys/fs/cgroup"),
              new PlanOp.Mask("/proc/kcore"),
              new PlanOp.Pivot(false),
              new PlanOp.Arg("sh")));

  private static final Hook HOOK = Hook.of("/bin/hook", List.of(), List.of(), 2);

  private static List<String> names(Hooks hooks) {
    return HookedPlan.of(PLAN, hooks, "c0ffee", "/run/b", Map.of()).operations().stream().map(op -> op.getClass().getSimpleName()).toList();
  }

  private static Hooks at(HookStage... stages) {
    Hooks hooks = Hooks.NONE;
    for (HookStage stage : stages) {
      hooks = hooks.plus(stage, HOOK);
    }
    return hooks;
  }

  @Test
  void hooksOfTheNodeRunBeforeAnythingIsHidden() {
    assertThat(names(at(HookStage.values())))
        .containsExactly("Source", "Enter", "Root", "Hold", "CreateHook", "Readonly", "Mask", "Pivot", "Arg", "StartHook");
    LaunchPlan plan = HookedPlan.of(PLAN, at(HookStage.PRESTART), "c0ffee", "/run/b", Map.of());
    assertThat(plan.operations()).contains(new PlanOp.Enter(true, "/run/b"), new PlanOp.Hold(HookedPlan.HOLD, 122_000));
  }

  @Test
  void onlyHooksThatNeedItPutTheRootBesideTheNode() {
    assertThat(HookedPlan.of(PLAN, at(HookStage.POSTSTART, HookStage.POSTSTOP), "c0ffee", "/run/b", Map.of())).isEqualTo(PLAN);
    LaunchPlan inside = HookedPlan.of(PLAN, at(HookStage.START_CONTAINER), "c0ffee", "/run/b", Map.of());
    assertThat(inside.operations()).contains(new PlanOp.Enter(true)).hasSize(PLAN.operations().size() + 1);
  }

  @Test
  void tooManyAreRefused() {
    Hooks many = new Hooks(Map.of(HookStage.POSTSTOP, Collections.nCopies(257, HOOK)));
    assertThatThrownBy(() -> names(many)).isInstanceOf(CriException.class).hasMessageContaining("257 hooks");
  }

  @Test
  void theStateIsOneObjectWithAndWithoutAPid() throws IOException {
    HookState state = HookState.of("c0ffee", "creating", "/run/b", Map.of("a\"b", "c,\"pid\":7\n", "x", ""));
    JsonNode with = Json.FOREIGN.readTree(state.with(42));
    assertThat(with.path("ociVersion").asText()).isEqualTo("1.0.2");
    assertThat(with.path("id").asText()).isEqualTo("c0ffee");
    assertThat(with.path("status").asText()).isEqualTo("creating");
    assertThat(with.path("pid").intValue()).isEqualTo(42);
    assertThat(with.path("bundle").asText()).isEqualTo("/run/b");
    assertThat(with.path("annotations").path("a\"b").asText()).isEqualTo("c,\"pid\":7\n");
    JsonNode without = Json.FOREIGN.readTree(state.with(0));
    assertThat(without.has("pid")).isFalse();
    assertThat(without.size()).isEqualTo(with.size() - 1);
  }

  @Test
  void configJsonHasThemByStage() {
    assertThat(at(HookStage.POSTSTOP, HookStage.CREATE_CONTAINER).toOci().toString())
        .isEqualTo(
            "{\"createContainer\":[{\"path\":\"/bin/hook\",\"args\":[\"/bin/hook\"],\"env\":[\"" + HOOK.env().getFirst() + "\"],\"timeout\":2}],"
                + "\"poststop\":[{\"path\":\"/bin/hook\",\"args\":[\"/bin/hook\"],\"env\":[\"" + HOOK.env().getFirst() + "\"],\"timeout\":2}]}");
  }

  @Test
  void theLastLineOfAnOutputIsPrintable() {
    assertThat(HookPrograms.lastLine(new byte[0])).isEmpty();
    assertThat(HookPrograms.lastLine("a\nb\u001b[2J\n\n".getBytes(java.nio.charset.StandardCharsets.UTF_8))).isEqualTo(": b?[2J");
    assertThat(HookPrograms.lastLine(new byte[65536]).length()).isLessThan(200);
  }
}
