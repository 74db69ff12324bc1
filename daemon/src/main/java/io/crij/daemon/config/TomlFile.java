package io.crij.daemon.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One TOML file, flattened to dotted keys, with the line of each. */
record TomlFile(Path path, Map<String, JsonNode> values, Map<String, Integer> lines) {
  private static final TomlMapper TOML = new TomlMapper();
  private static final Pattern TABLE = Pattern.compile("^\\s*\\[+([^\\]]+)\\]");
  private static final Pattern KEY = Pattern.compile("^\\s*([A-Za-z0-9_.\"' -]+?)\\s*=");

  /** Reads a file, or adds to {@code problems} why it cannot be read. */
  static TomlFile read(Path path, List<ConfigProblem> problems) {
    try {
      String text = Files.readString(path);
      Map<String, JsonNode> values = new LinkedHashMap<>();
      flatten("", TOML.readTree(text), values);
      return new TomlFile(path, values, linesOf(text));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      problems.add(new ConfigProblem(path, line, "not TOML: " + e.getOriginalMessage()));
    } catch (CharacterCodingException e) {
      problems.add(new ConfigProblem(path, 0, "not UTF-8"));
    } catch (IOException e) {
      problems.add(new ConfigProblem(path, 0, "cannot be read: " + reason(e)));
    }
    return new TomlFile(path, Map.of(), Map.of());
  }

  int line(String key) {
    return lines.getOrDefault(key, 0);
  }

  private static void flatten(String prefix, JsonNode table, Map<String, JsonNode> into) {
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      String key = prefix + entry.getKey();
      // A table that is no table of ours stays one value, so that it is reported once and not key by key.
      if (entry.getValue().isObject() && Setting.isTable(key)) {
        flatten(key + ".", entry.getValue(), into);
      } else {
        into.put(key, entry.getValue());
      }
    }
  }

  /** The parser does not tell where a key stood; a look at the text does, and at worst a problem has no line. */
  private static Map<String, Integer> linesOf(String text) {
    Map<String, Integer> lines = new HashMap<>();
    String prefix = "";
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      Matcher table = TABLE.matcher(line);
      Matcher key = KEY.matcher(line);
      if (table.find()) {
        String name = plain(table.group(1));
        lines.putIfAbsent(name, number);
        prefix = name + ".";
      } else if (key.find()) {
        lines.putIfAbsent(prefix + plain(key.group(1)), number);
      }
    }
    return lines;
  }

  private static String plain(String name) {
    return name.replaceAll("[\"'\\s]", "");
  }

  private static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException missing -> "no such file";
      case java.nio.file.AccessDeniedException denied -> "permission denied";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
