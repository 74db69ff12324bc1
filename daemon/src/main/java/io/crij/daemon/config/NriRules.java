package io.crij.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.nri.NriSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A table of plugins by name, each with a table of what is different for it. */
final class NriRules implements SettingType<List<NriSettings.Rule>> {
  private static final SettingType<Integer> TIMEOUT = SettingType.number(10, 600_000);
  private static final SettingType<String> POLICY = SettingType.choice("ignore", "fail");

  @Override
  public List<NriSettings.Rule> read(JsonNode node) throws Misfit {
    if (!node.isObject()) {
      throw new Misfit("must be a table with a table for each plugin, not " + node);
    }
    List<NriSettings.Rule> rules = new ArrayList<>();
    for (Map.Entry<String, JsonNode> plugin : node.properties()) {
      rules.add(rule(plugin.getKey(), plugin.getValue()));
    }
    return List.copyOf(rules);
  }

  private static NriSettings.Rule rule(String plugin, JsonNode table) throws Misfit {
    if (!table.isObject()) {
      throw new Misfit("must have a table for " + plugin + ", not " + table);
    }
    Duration timeout = null;
    NriSettings.OnFailure onFailure = null;
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      try {
        switch (entry.getKey()) {
          case "request_timeout_ms" -> timeout = Duration.ofMillis(TIMEOUT.read(entry.getValue()));
          case "on_failure" -> onFailure = NriSettings.OnFailure.valueOf(POLICY.read(entry.getValue()).toUpperCase(Locale.ROOT));
          default -> throw new Misfit("is not known; request_timeout_ms and on_failure are");
        }
      } catch (Misfit e) {
        throw new Misfit("of " + plugin + ": '" + entry.getKey() + "' " + e.getMessage());
      }
    }
    return new NriSettings.Rule(plugin, timeout, onFailure);
  }
}
