package io.crij.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A table of runtime handlers by name, each with a table that says which program it is. */
final class RuntimeTables implements SettingType<List<Config.Runtime>> {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");
  private static final SettingType<String> KIND = SettingType.choice("oci", "gvisor");
  private static final SettingType<List<String>> WORDS = SettingType.listOf(TEXT);

  @Override
  public List<Config.Runtime> read(JsonNode node) throws Misfit {
    if (!node.isObject()) {
      throw new Misfit("must be a table with a table for each handler, not " + node);
    }
    List<Config.Runtime> runtimes = new ArrayList<>();
    for (Map.Entry<String, JsonNode> handler : node.properties()) {
      runtimes.add(runtime(handler.getKey(), handler.getValue()));
    }
    return List.copyOf(runtimes);
  }

  private static Config.Runtime runtime(String name, JsonNode table) throws Misfit {
    if (!NAME.matcher(name).matches() || name.equals("crij")) {
      throw new Misfit("has a handler '" + name + "': a name is of small letters, digits, '-' and '.', and 'crij' is the built-in launcher");
    }
    if (!table.isObject()) {
      throw new Misfit("must have a table for " + name + ", not " + table);
    }
    @Nullable Path path = null;
    @Nullable Path root = null;
    String kind = "";
    List<String> args = List.of();
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      try {
        switch (entry.getKey()) {
          case "kind" -> kind = KIND.read(entry.getValue());
          case "path" -> path = PATH.read(entry.getValue());
          case "root" -> root = PATH.read(entry.getValue());
          case "args" -> args = WORDS.read(entry.getValue());
          default -> throw new Misfit("is not known; kind, path, root and args are");
        }
      } catch (Misfit e) {
        throw new Misfit("of " + name + ": '" + entry.getKey() + "' " + e.getMessage());
      }
    }
    if (path == null || kind.isEmpty()) {
      throw new Misfit("of " + name + " needs kind, \"oci\" or \"gvisor\", and the path of the program");
    }
    return new Config.Runtime(name, path, root, kind.equals("gvisor"), args);
  }
}
