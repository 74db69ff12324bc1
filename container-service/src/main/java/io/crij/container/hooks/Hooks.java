package io.crij.container.hooks;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The hooks of one container, in the order in which those of a stage run. */
public record Hooks(Map<HookStage, List<Hook>> stages) {
  public static final Hooks NONE = new Hooks(Map.of());

  /** More of one container are a mistake, and each may take its time. */
  static final int MOST = 256;

  public Hooks {
    Map<HookStage, List<Hook>> copy = new EnumMap<>(HookStage.class);
    stages.forEach(
        (stage, hooks) -> {
          if (!hooks.isEmpty()) {
            copy.put(stage, List.copyOf(hooks));
          }
        });
    stages = Map.copyOf(copy);
  }

  @JsonIgnore
  public boolean isEmpty() {
    return stages.isEmpty();
  }

  public List<Hook> at(HookStage stage) {
    return stages.getOrDefault(stage, List.of());
  }

  public Hooks plus(HookStage stage, Hook hook) {
    return plus(new Hooks(Map.of(stage, List.of(hook))));
  }

  /** These, then the others. */
  public Hooks plus(Hooks more) {
    Map<HookStage, List<Hook>> all = new EnumMap<>(HookStage.class);
    for (HookStage stage : HookStage.values()) {
      List<Hook> both = new ArrayList<>(at(stage));
      both.addAll(more.at(stage));
      all.put(stage, both);
    }
    return new Hooks(all);
  }

  /** How many there are. */
  int count() {
    return stages.values().stream().mapToInt(List::size).sum();
  }

  /** As {@code config.json} has them, in {@code hooks}. */
  public ObjectNode toOci() {
    ObjectNode node = Json.OWN.createObjectNode();
    for (HookStage stage : HookStage.values()) {
      for (Hook hook : at(stage)) {
        ArrayNode all = node.withArrayProperty(stage.word());
        ObjectNode one = all.addObject().put("path", hook.path());
        hook.args().forEach(one.putArray("args")::add);
        hook.env().forEach(one.putArray("env")::add);
        one.put("timeout", hook.timeoutMillis() / 1000);
      }
    }
    return node;
  }
}
