package io.crij.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.crij.image.content.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads tables of TOML whose keys are known. All faults are an {@link IllegalArgumentException} with half a sentence. */
final class TomlText {
  private static final TomlMapper TOML = new TomlMapper();

  private TomlText() {}

  static JsonNode parse(String text) {
    try {
      return TOML.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(Reference.printable(e.getOriginalMessage()), e);
    }
  }

  static void checkKeys(JsonNode table, Set<String> known, String where) {
    if (!table.isObject()) {
      throw new IllegalArgumentException(where + "a table is expected");
    }
    for (Map.Entry<String, JsonNode> key : table.properties()) {
      if (!known.contains(key.getKey())) {
        throw new IllegalArgumentException(where + "the key '" + Reference.printable(key.getKey()) + "' is not known");
      }
    }
  }

  /** A text, empty if the key is missing. */
  static String text(JsonNode table, String key, String where) {
    JsonNode value = table.path(key);
    if (!value.isMissingNode() && !value.isTextual()) {
      throw new IllegalArgumentException(where + key + " is no text");
    }
    return value.asText("");
  }

  static boolean flag(JsonNode table, String key, boolean otherwise, String where) {
    JsonNode value = table.path(key);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw new IllegalArgumentException(where + key + " is neither true nor false");
    }
    return value.asBoolean(otherwise);
  }

  /** A text or a list of texts. */
  static List<String> texts(JsonNode value, String what) {
    List<String> texts = new ArrayList<>();
    if (value.isTextual()) {
      texts.add(value.asText());
    } else if (!value.isMissingNode() && !value.isArray()) {
      throw new IllegalArgumentException(what + " is neither a text nor a list of texts");
    }
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        throw new IllegalArgumentException(what + " is neither a text nor a list of texts");
      }
      texts.add(element.asText());
    }
    return texts;
  }
}
