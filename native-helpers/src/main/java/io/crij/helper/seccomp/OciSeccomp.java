package io.crij.helper.seccomp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import io.crij.helper.seccomp.SeccompProfile.Argument;
import io.crij.helper.seccomp.SeccompProfile.Rule;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A profile as {@code linux.seccomp} of an OCI {@code config.json}: conditions are gone, since they hold or do not for this
 * container on this node.
 */
final class OciSeccomp {
  private OciSeccomp() {}

  /** The JSON. */
  static String write(SeccompProfile profile, List<Arch> arches, Set<String> capabilities, KernelVersion kernel) {
    ObjectNode root = Json.OWN.createObjectNode().put("defaultAction", profile.defaultAction());
    Integer errno = profile.defaultErrnoRet();
    if (errno != null) {
      root.put("defaultErrnoRet", errno);
    }
    ArrayNode architectures = root.putArray("architectures");
    arches.forEach(arch -> architectures.add(arch.profileName()));
    ArrayNode syscalls = root.putArray("syscalls");
    String arch = Arch.ofThisNode().conditionName();
    for (Rule rule : profile.syscalls()) {
      // A rule that says what the default says is refused by runtimes.
      boolean asDefault = rule.action().equals(profile.defaultAction()) && Objects.equals(rule.errnoRet(), errno);
      if (!asDefault && !rule.allNames().isEmpty() && rule.applies(capabilities, arch, kernel)) {
        add(syscalls.addObject(), rule);
      }
    }
    try {
      return Json.OWN.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("objects, lists, texts and numbers can always be written", e);
    }
  }

  private static void add(ObjectNode node, Rule rule) {
    rule.allNames().forEach(node.putArray("names")::add);
    node.put("action", rule.action());
    Integer errno = rule.errnoRet();
    if (errno != null) {
      node.put("errnoRet", errno);
    }
    ArrayNode args = node.putArray("args");
    for (Argument argument : rule.args()) {
      ObjectNode one = args.addObject().put("index", argument.index()).put("value", argument.value());
      if (argument.valueTwo() != null) {
        one.put("valueTwo", argument.valueTwo());
      }
      one.put("op", argument.op());
    }
  }
}
