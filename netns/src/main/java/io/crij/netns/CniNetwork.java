package io.crij.netns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One network configuration at work: its plugins chained as the spec's sections 2 and 3 ask. Keeps nothing. */
final class CniNetwork {
  /** The name of the interface inside each pod; kubelet's users expect it. */
  static final String INTERFACE = "eth0";

  /** What a command is about: one pod's connection. */
  record Attachment(ObjectId sandbox, String netns, Map<String, String> arguments, ObjectNode capabilities) {}

  private final CniConfig config;
  private final CniPlugins plugins;

  CniNetwork(CniConfig config, CniPlugins plugins) {
    this.config = config;
    this.plugins = plugins;
  }

  /**
   * ADD, each plugin with the result of the one before it.
   *
   * @return the last plugin's result in the version of the configuration
   */
  ObjectNode add(Attachment attachment, Duration deadline) throws CniException {
    Deadline until = new Deadline(deadline);
    ObjectNode previous = null;
    for (ObjectNode plugin : config.plugins()) {
      String type = typeOf(plugin);
      JsonNode answer = plugins.run(type, environment("ADD", attachment), stdin(plugin, attachment, previous), until.left());
      String problem = answer == null ? "it is empty" : CniResult.problem(answer);
      if (!(answer instanceof ObjectNode result) || !problem.isEmpty()) {
        throw new CniException(
            type, CniException.NO_ANSWER, "the plugin '" + type + "' gave no usable result of ADD: " + problem, "", false);
      }
      previous = CniResult.convert(result, config.version());
    }
    if (previous == null) {
      throw new IllegalStateException("a configuration without plugins was accepted");
    }
    return previous;
  }

  /**
   * DEL, in reverse. A plugin that fails stops none of the others: each may free something of its own.
   *
   * @param result what ADD gave, or null if that is not known
   * @throws CniException the first failure; later ones are suppressed in it
   */
  void delete(Attachment attachment, @Nullable ObjectNode result, Duration deadline) throws CniException {
    Deadline until = new Deadline(deadline);
    // From 0.4.0 on plugins are given the result; earlier ones do not know the field.
    ObjectNode previous = result != null && CniVersion.atLeast(config.version(), "0.4.0") ? CniResult.convert(result, config.version()) : null;
    CniException failure = null;
    for (ObjectNode plugin : config.plugins().reversed()) {
      try {
        plugins.run(typeOf(plugin), environment("DEL", attachment), stdin(plugin, attachment, previous), until.left());
      } catch (CniException e) {
        if (e.code() == CniException.UNKNOWN_CONTAINER) {
          continue;
        }
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** CHECK, where the configuration's version has it and the file does not forbid it. */
  void check(Attachment attachment, ObjectNode result, Duration deadline) throws CniException {
    if (config.disableCheck() || !CniVersion.atLeast(config.version(), "0.4.0")) {
      return;
    }
    Deadline until = new Deadline(deadline);
    ObjectNode previous = CniResult.convert(result, config.version());
    for (ObjectNode plugin : config.plugins()) {
      plugins.run(typeOf(plugin), environment("CHECK", attachment), stdin(plugin, attachment, previous), until.left());
    }
  }

  /** GC, where the configuration's version has it and the file does not forbid it. */
  void collectGarbage(Collection<ObjectId> valid, Duration deadline) throws CniException {
    if (config.disableGc() || !CniVersion.atLeast(config.version(), "1.1.0")) {
      return;
    }
    Deadline until = new Deadline(deadline);
    CniException failure = null;
    for (ObjectNode plugin : config.plugins()) {
      ObjectNode stdin = stdin(plugin, null, null);
      ArrayNode attachments = stdin.putArray("cni.dev/valid-attachments");
      for (ObjectId id : valid) {
        attachments.addObject().put("containerID", id.hex()).put("ifname", INTERFACE);
      }
      try {
        plugins.run(typeOf(plugin), Map.of("CNI_COMMAND", "GC"), stdin, until.left());
      } catch (CniException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** STATUS, where the configuration's version has it. */
  void status(Duration deadline) throws CniException {
    if (!CniVersion.atLeast(config.version(), "1.1.0")) {
      return;
    }
    Deadline until = new Deadline(deadline);
    for (ObjectNode plugin : config.plugins()) {
      plugins.run(typeOf(plugin), Map.of("CNI_COMMAND", "STATUS"), stdin(plugin, null, null), until.left());
    }
  }

  /** The plugins that no folder has. */
  List<String> missingPlugins() {
    return config.plugins().stream().map(CniNetwork::typeOf).filter(type -> plugins.find(type).isEmpty()).distinct().toList();
  }

  /** The plugin's own configuration with what the runtime adds; the spec's "Deriving plugin configuration". */
  private ObjectNode stdin(ObjectNode plugin, @Nullable Attachment attachment, @Nullable ObjectNode previous) {
    ObjectNode stdin = plugin.deepCopy();
    stdin.remove(List.of("capabilities", "runtimeConfig", "prevResult", "cniVersions", "disableCheck", "disableGC"));
    stdin.put("name", config.name());
    stdin.put("cniVersion", config.version());
    if (attachment != null) {
      ObjectNode runtimeConfig = Json.FOREIGN.createObjectNode();
      for (Map.Entry<String, JsonNode> capability : attachment.capabilities().properties()) {
        if (plugin.path("capabilities").path(capability.getKey()).asBoolean(false)) {
          runtimeConfig.set(capability.getKey(), capability.getValue());
        }
      }
      if (!runtimeConfig.isEmpty()) {
        stdin.set("runtimeConfig", runtimeConfig);
      }
    }
    if (previous != null) {
      stdin.set("prevResult", previous);
    }
    return stdin;
  }

  private static Map<String, String> environment(String command, Attachment attachment) {
    Map<String, String> env = new TreeMap<>();
    env.put("CNI_COMMAND", command);
    env.put("CNI_CONTAINERID", attachment.sandbox().hex());
    env.put("CNI_NETNS", attachment.netns());
    env.put("CNI_IFNAME", INTERFACE);
    env.put(
        "CNI_ARGS",
        attachment.arguments().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(";")));
    return env;
  }

  private static String typeOf(ObjectNode plugin) {
    return plugin.path("type").asText();
  }

  /** One deadline for all plugins of a command. */
  private static final class Deadline {
    private final long endNanos;

    Deadline(Duration total) {
      endNanos = System.nanoTime() + total.toNanos();
    }

    /** At least a moment, so that a DEL late in the chain is tried even when an earlier one used up the time. */
    Duration left() {
      return Duration.ofNanos(Math.max(endNanos - System.nanoTime(), 1_000_000_000L));
    }
  }
}
