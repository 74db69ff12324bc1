package io.crij.container.hooks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state that a hook reads from its stdin (OCI runtime specification, "State"), in two halves around the pid, since that is not
 * known before the process is there.
 */
public record HookState(String before, String after) {
  static final String OCI_VERSION = "1.0.2";

  /**
   * @param status one of creating, created, running and stopped
   */
  static HookState of(String id, String status, String bundle, Map<String, String> annotations) {
    ObjectNode first = Json.OWN.createObjectNode().put("ociVersion", OCI_VERSION).put("id", id).put("status", status);
    ObjectNode second = Json.OWN.createObjectNode().put("bundle", bundle);
    ObjectNode notes = second.putObject("annotations");
    new TreeMap<>(annotations).forEach(notes::put);
    String head = text(first);
    return new HookState(head.substring(0, head.length() - 1) + ",\"pid\":", "," + text(second).substring(1));
  }

  /** @param pid 0 for a container without a process: then there is none in the state */
  byte[] with(int pid) {
    String head = pid == 0 ? before.substring(0, before.lastIndexOf(",\"pid\":")) : before + pid;
    return (head + after).getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ObjectNode node) {
    try {
      return Json.OWN.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("objects and texts can always be written", e);
    }
  }
}
