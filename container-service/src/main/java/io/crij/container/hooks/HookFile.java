package io.crij.container.hooks;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.core.Printable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** One file of oci-hooks(5), version 1.0.0. A key that is not known is an error: it may be a condition. */
record HookFile(Hook hook, HookWhen when, Set<HookStage> stages) {
  private static final String VERSION = "1.0.0";

  /**
   * @throws IllegalArgumentException saying what is wrong with it, as the second half of a sentence
   * @throws IOException if it is no JSON
   */
  static HookFile parse(byte[] text) throws IOException {
    try {
      return parse(Json.FOREIGN.readTree(text));
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("it is nested too deeply", e);
    }
  }

  private static HookFile parse(JsonNode root) {
    onlyKeys("the file", root, Set.of("version", "hook", "when", "stages"));
    if (!root.path("version").asText().equals(VERSION)) {
      throw new IllegalArgumentException("its version is '" + Printable.of(root.path("version").asText()) + "', not " + VERSION);
    }
    JsonNode hook = root.path("hook");
    onlyKeys("hook", hook, Set.of("path", "args", "env", "timeout"));
    JsonNode timeout = hook.path("timeout");
    if (!timeout.isMissingNode() && (!timeout.isIntegralNumber() || !timeout.canConvertToLong() || timeout.longValue() <= 0)) {
      throw new IllegalArgumentException("hook.timeout is no number of seconds");
    }
    Set<HookStage> stages = EnumSet.noneOf(HookStage.class);
    for (String word : texts("stages", root.path("stages"))) {
      stages.add(HookStage.of(word).orElseThrow(() -> new IllegalArgumentException("'" + Printable.of(word) + "' is no stage of a hook")));
    }
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("it names no stages");
    }
    Hook read = Hook.of(text("hook.path", hook.path("path")), texts("hook.args", hook.path("args")), texts("hook.env", hook.path("env")), timeout.asLong(0));
    return new HookFile(read, when(root.path("when")), stages);
  }

  private static HookWhen when(JsonNode when) {
    onlyKeys("when", when, Set.of("always", "annotations", "commands", "hasBindMounts"));
    Map<Pattern, Pattern> annotations = new LinkedHashMap<>();
    JsonNode asked = when.path("annotations");
    if (!asked.isMissingNode()) {
      onlyObject("when.annotations", asked);
      for (Map.Entry<String, JsonNode> entry : asked.properties()) {
        annotations.put(pattern("when.annotations", entry.getKey()), pattern("when.annotations", text("when.annotations", entry.getValue())));
      }
    }
    List<Pattern> commands = texts("when.commands", when.path("commands")).stream().map(text -> pattern("when.commands", text)).toList();
    return new HookWhen(yesOrNo("when.always", when.path("always")), annotations, commands, yesOrNo("when.hasBindMounts", when.path("hasBindMounts")));
  }

  private static HookWhen.Wish yesOrNo(String at, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return HookWhen.Wish.NOT_SAID;
    }
    if (!value.isBoolean()) {
      throw new IllegalArgumentException(at + " is neither true nor false");
    }
    return value.booleanValue() ? HookWhen.Wish.YES : HookWhen.Wish.NO;
  }

  private static Pattern pattern(String at, String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw new IllegalArgumentException(at + ": '" + Printable.of(text) + "' is no regular expression", e);
    }
  }

  private static List<String> texts(String at, JsonNode value) {
    List<String> all = new ArrayList<>();
    if (value.isMissingNode() || value.isNull()) {
      return all;
    }
    if (!value.isArray()) {
      throw new IllegalArgumentException(at + " is no list");
    }
    for (JsonNode one : value) {
      all.add(text(at, one));
    }
    return all;
  }

  private static String text(String at, JsonNode value) {
    if (!value.isTextual()) {
      throw new IllegalArgumentException(at + " is missing or no text");
    }
    return value.textValue();
  }

  private static void onlyObject(String at, JsonNode value) {
    if (!value.isObject()) {
      throw new IllegalArgumentException(at + " is missing or no object");
    }
  }

  private static void onlyKeys(String at, JsonNode value, Set<String> known) {
    onlyObject(at, value);
    for (Iterator<String> keys = value.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!known.contains(key)) {
        throw new IllegalArgumentException("the key '" + Printable.of(key) + "' in " + at + " is not known");
      }
    }
  }
}
