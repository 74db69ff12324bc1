package io.crij.netns;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import io.crij.core.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network configuration: a list of plugins that are run one after the other. A file with a single plugin is a list of one.
 *
 * @param name the network's name
 * @param version the newest version of the CNI spec that the file allows and that is spoken here
 * @param plugins the plugins' own configurations, each with a safe {@code type}
 * @param disableCheck the file asks not to use CHECK
 * @param disableGc the file asks not to use GC
 * @param source the whole file, so that a later DEL runs what ADD ran
 */
record CniConfig(
    String name, String version, List<ObjectNode> plugins, boolean disableCheck, boolean disableGc, JsonNode source) {
  /** A file that is no network configuration; the message says why. */
  static final class InvalidException extends Exception {
    private static final long serialVersionUID = 1;

    InvalidException(String message) {
      super(message);
    }
  }

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.\\-]*");

  CniConfig {
    plugins = List.copyOf(plugins);
  }

  static CniConfig parse(byte[] bytes) throws InvalidException {
    try {
      return parse(Json.FOREIGN.readTree(bytes));
    } catch (JsonProcessingException e) {
      throw new InvalidException("it is not JSON: " + e.getOriginalMessage());
    } catch (java.io.IOException e) {
      throw new InvalidException("it is not JSON: " + e.getMessage());
    }
  }

  static CniConfig parse(JsonNode source) throws InvalidException {
    if (!(source instanceof ObjectNode object)) {
      throw new InvalidException("it is not a JSON object");
    }
    String name = object.path("name").asText();
    if (!NAME.matcher(name).matches()) {
      throw new InvalidException("its 'name' is missing or not made of letters, digits, '.', '_' and '-'");
    }
    List<ObjectNode> plugins = new ArrayList<>();
    if (object.has("plugins")) {
      for (JsonNode plugin : object.path("plugins")) {
        plugins.add(checkedPlugin(plugin));
      }
    } else {
      plugins.add(checkedPlugin(object));
    }
    if (plugins.isEmpty()) {
      throw new InvalidException("its 'plugins' is not a list with at least one plugin");
    }
    return new CniConfig(
        name, version(object), plugins, isTrue(object.path("disableCheck")), isTrue(object.path("disableGC")), object);
  }

  private static String version(ObjectNode object) throws InvalidException {
    List<String> offered =
        Stream.concat(Stream.of(object.path("cniVersion")), object.path("cniVersions").valueStream())
            .map(JsonNode::asText)
            .filter(text -> !text.isEmpty())
            .toList();
    return CniVersion.SUPPORTED.reversed().stream()
        .filter(offered::contains)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidException(
                    "its 'cniVersion' is " + (offered.isEmpty() ? "missing" : offered) + "; supported are " + CniVersion.SUPPORTED));
  }

  private static ObjectNode checkedPlugin(JsonNode plugin) throws InvalidException {
    String type = plugin.path("type").asText();
    if (!(plugin instanceof ObjectNode object) || type.isEmpty()) {
      throw new InvalidException("a plugin has no 'type'");
    }
    // The type becomes a file name below the plugin folders: it must not lead out of them.
    if (!NAME.matcher(type).matches()) {
      throw new InvalidException("the plugin type '" + Printable.plain(type) + "' is not a plain file name");
    }
    return object;
  }

  /** Some files in the field write booleans as strings. */
  private static boolean isTrue(JsonNode value) {
    return value.asText().equalsIgnoreCase("true");
  }
}
