package io.crij.container.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.container.hooks.Hook;
import io.crij.container.hooks.HookStage;
import io.crij.container.hooks.Hooks;
import io.crij.core.Printable;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code containerEdits}. A key that is not known is an error: what is passed over here is something that the device needs
 * and the container lacks.
 */
final class CdiEditsParser {
  private static final int MAX_ENTRIES = 1024;
  private static final int MAX_TEXT = 4095;
  private static final long MAX_ID = 0xFFFF_FFFEL;

  private final String where;

  private CdiEditsParser(String where) {
    this.where = where;
  }

  /** @param where the place in the file, for messages */
  static CdiEdits parse(String where, JsonNode edits) throws CdiSpecException {
    return new CdiEditsParser(where + "containerEdits").parse(edits);
  }

  private CdiEdits parse(JsonNode edits) throws CdiSpecException {
    if (edits.isMissingNode() || edits.isNull()) {
      return CdiEdits.NONE;
    }
    onlyKeys(where, edits, Set.of("env", "deviceNodes", "mounts", "additionalGids", "hooks"), Set.of("intelRdt", "netDevices"));
    List<String> env = new ArrayList<>();
    for (JsonNode entry : list(edits, "env")) {
      String text = text(where + ".env", entry);
      if (text.indexOf('=') < 1) {
        throw CdiSpecException.wrong(where + ".env", "'" + Printable.of(text) + "' is not NAME=value");
      }
      env.add(text);
    }
    List<CdiEdits.Node> nodes = new ArrayList<>();
    for (JsonNode node : list(edits, "deviceNodes")) {
      nodes.add(node(where + ".deviceNodes", node));
    }
    List<Mount> mounts = new ArrayList<>();
    for (JsonNode mount : list(edits, "mounts")) {
      mounts.add(mount(where + ".mounts", mount));
    }
    Set<Long> groups = new LinkedHashSet<>();
    for (JsonNode group : list(edits, "additionalGids")) {
      groups.add(number(where + ".additionalGids", group, 0, MAX_ID));
    }
    Hooks hooks = Hooks.NONE;
    for (JsonNode hook : list(edits, "hooks")) {
      hooks = hooks.plus(hook(where + ".hooks", hook));
    }
    return new CdiEdits(env, nodes, mounts, groups, hooks);
  }

  private static Hooks hook(String at, JsonNode hook) throws CdiSpecException {
    onlyKeys(at, hook, Set.of("hookName", "path", "args", "env", "timeout"), Set.of());
    String name = text(at + ".hookName", hook.path("hookName"));
    Optional<HookStage> stage = HookStage.of(name);
    if (stage.isEmpty()) {
      throw CdiSpecException.wrong(at + ".hookName", "'" + Printable.of(name) + "' is no stage of a hook");
    }
    Long timeout = optional(at + ".timeout", hook.path("timeout"), Integer.MAX_VALUE);
    try {
      return Hooks.NONE.plus(
          stage.get(),
          Hook.of(text(at + ".path", hook.path("path")), texts(at + ".args", hook, "args"), texts(at + ".env", hook, "env"), timeout == null ? 0 : timeout));
    } catch (IllegalArgumentException e) {
      throw CdiSpecException.wrong(at, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> texts(String at, JsonNode parent, String key) throws CdiSpecException {
    List<String> all = new ArrayList<>();
    for (JsonNode one : list(parent, key)) {
      all.add(text(at, one));
    }
    return all;
  }

  private static CdiEdits.Node node(String at, JsonNode node) throws CdiSpecException {
    onlyKeys(at, node, Set.of("path", "hostPath", "type", "major", "minor", "fileMode", "permissions", "uid", "gid"), Set.of());
    String path = path(at + ".path", node.path("path"));
    String hostPath = node.path("hostPath").isMissingNode() ? path : path(at + ".hostPath", node.path("hostPath"));
    String type = node.path("type").isMissingNode() ? "" : text(at + ".type", node.path("type"));
    if (!Set.of("", "b", "c", "u").contains(type)) {
      throw CdiSpecException.wrong(at + ".type", "'" + Printable.of(type) + "' is none of b, c and u");
    }
    String permissions = node.path("permissions").isMissingNode() ? "" : text(at + ".permissions", node.path("permissions"));
    if (!permissions.chars().allMatch(c -> "rwm".indexOf(c) >= 0) || permissions.chars().distinct().count() != permissions.length()) {
      throw CdiSpecException.wrong(at + ".permissions", "'" + Printable.of(permissions) + "' is not made of r, w and m, each once");
    }
    Long mode = optional(at + ".fileMode", node.path("fileMode"), 07777);
    return new CdiEdits.Node(
        path,
        hostPath,
        type,
        node.path("major").isMissingNode() ? 0 : number(at + ".major", node.path("major"), 0, 0xFFFF_FFFFL),
        node.path("minor").isMissingNode() ? 0 : number(at + ".minor", node.path("minor"), 0, 0xFFFF_FFFFL),
        mode == null ? null : mode.intValue(),
        optional(at + ".uid", node.path("uid"), MAX_ID),
        optional(at + ".gid", node.path("gid"), MAX_ID),
        permissions);
  }

  private static Mount mount(String at, JsonNode mount) throws CdiSpecException {
    onlyKeys(at, mount, Set.of("hostPath", "containerPath", "options", "type"), Set.of());
    String type = mount.path("type").isMissingNode() ? "" : text(at + ".type", mount.path("type"));
    if (!type.isEmpty() && !type.equals("bind")) {
      throw CdiSpecException.unsupported(at + ".type", "only binds can be mounted, not '" + Printable.of(type) + "'");
    }
    Mount.Builder bind =
        Mount.newBuilder()
            .setHostPath(path(at + ".hostPath", mount.path("hostPath")))
            .setContainerPath(path(at + ".containerPath", mount.path("containerPath")));
    for (JsonNode option : list(mount, "options")) {
      addOption(at + ".options", bind, text(at + ".options", option));
    }
    return bind.build();
  }

  private static void addOption(String at, Mount.Builder bind, String option) throws CdiSpecException {
    switch (option) {
      case "bind", "rbind", "rw" -> {}
      case "ro" -> bind.setReadonly(true);
      case "rro" -> bind.setReadonly(true).setRecursiveReadOnly(true);
      case "nosuid", "nodev", "noexec" -> bind.addMountOptions(option);
      case "private", "rprivate" -> bind.setPropagation(MountPropagation.PROPAGATION_PRIVATE);
      case "slave", "rslave" -> bind.setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER);
      case "shared", "rshared" -> bind.setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL);
      default -> throw CdiSpecException.unsupported(at, "the option '" + Printable.of(option) + "' is not known");
    }
  }

  /** Absolute and without {@code ..}: what the file's author means is what is opened. */
  private static String path(String at, JsonNode value) throws CdiSpecException {
    String path = text(at, value);
    if (!path.startsWith("/") || Arrays.asList(path.split("/")).contains("..")) {
      throw CdiSpecException.wrong(at, "'" + Printable.of(path) + "' is not an absolute path without '..'");
    }
    return path;
  }

  private static @Nullable Long optional(String at, JsonNode value, long max) throws CdiSpecException {
    return value.isMissingNode() || value.isNull() ? null : (Long) number(at, value, 0, max);
  }

  private static long number(String at, JsonNode value, long min, long max) throws CdiSpecException {
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
      throw CdiSpecException.wrong(at, "'" + Printable.of(value.asText()) + "' is not a number from " + min + " to " + max);
    }
    return value.longValue();
  }

  static String text(String at, JsonNode value) throws CdiSpecException {
    if (!value.isTextual() || value.textValue().length() > MAX_TEXT || value.textValue().indexOf('\0') >= 0) {
      throw CdiSpecException.wrong(at, "it is no text, holds a NUL or is longer than " + MAX_TEXT + " characters");
    }
    return value.textValue();
  }

  static Iterable<JsonNode> list(JsonNode parent, String key) throws CdiSpecException {
    JsonNode value = parent.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    if (!value.isArray() || value.size() > MAX_ENTRIES) {
      throw CdiSpecException.wrong(key, "it is no list, or has more than " + MAX_ENTRIES + " entries");
    }
    return value;
  }

  private static void onlyKeys(String at, JsonNode value, Set<String> known, Set<String> unsupported) throws CdiSpecException {
    if (!value.isObject()) {
      throw CdiSpecException.wrong(at, "it is no object");
    }
    for (Iterator<String> keys = value.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      boolean empty = value.path(key).isNull() || (value.path(key).isContainerNode() && value.path(key).isEmpty());
      if (unsupported.contains(key) && !empty) {
        throw CdiSpecException.unsupported(at + "." + key, "this version cannot do that");
      }
      if (!known.contains(key) && !unsupported.contains(key)) {
        throw CdiSpecException.unsupported(at, "the key '" + Printable.of(key) + "' is not known");
      }
    }
  }
}
