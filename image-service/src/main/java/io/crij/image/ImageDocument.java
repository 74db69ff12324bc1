package io.crij.image;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The image configuration as fetched: what to run, and the digests of the inflated layers, bottom first. */
record ImageDocument(ImageConfig config, List<Digest> diffIds) {

  static ImageDocument parse(byte[] bytes, Platform platform) throws IOException {
    JsonNode root = Manifests.json(bytes, "configuration");
    String os = root.path("os").asText("");
    String architecture = root.path("architecture").asText("");
    if ((!os.isEmpty() && !os.equals("linux")) || (!architecture.isEmpty() && !architecture.equals(platform.architecture()))) {
      throw new OtherPlatformException(
          "it is built for " + Reference.printable(os + "/" + architecture) + " and this node is " + platform);
    }
    List<Digest> diffIds = new ArrayList<>();
    for (JsonNode diffId : root.path("rootfs").path("diff_ids")) {
      diffIds.add(
          Digest.parse(diffId.asText(""))
              .orElseThrow(() -> new HostileContentException("its configuration has a diff_id that is no sha256 digest")));
    }
    JsonNode config = root.path("config");
    ImageConfig parsed =
        new ImageConfig(
            texts(config.path("Entrypoint"), "Entrypoint"),
            texts(config.path("Cmd"), "Cmd"),
            texts(config.path("Env"), "Env"),
            text(config.path("User"), "User"),
            text(config.path("WorkingDir"), "WorkingDir"),
            text(config.path("StopSignal"), "StopSignal"),
            keys(config.path("Volumes"), "Volumes"),
            labels(config.path("Labels")));
    return new ImageDocument(parsed, List.copyOf(diffIds));
  }

  private static String text(JsonNode node, String field) throws HostileContentException {
    if (node.isMissingNode() || node.isNull()) {
      return "";
    }
    if (!node.isTextual() || node.asText().indexOf('\0') >= 0) {
      throw new HostileContentException("its configuration has a field " + field + " that is no text");
    }
    return node.asText();
  }

  private static List<String> texts(JsonNode node, String field) throws HostileContentException {
    if (!node.isMissingNode() && !node.isNull() && !node.isArray()) {
      throw new HostileContentException("its configuration has a field " + field + " that is no list");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : node) {
      texts.add(text(element, field));
    }
    return List.copyOf(texts);
  }

  private static Set<String> keys(JsonNode node, String field) throws HostileContentException {
    if (!node.isMissingNode() && !node.isNull() && !node.isObject()) {
      throw new HostileContentException("its configuration has a field " + field + " that is no object");
    }
    Set<String> keys = new TreeSet<>();
    node.fieldNames().forEachRemaining(keys::add);
    return Set.copyOf(keys);
  }

  private static Map<String, String> labels(JsonNode node) throws HostileContentException {
    Map<String, String> labels = new TreeMap<>();
    for (String key : keys(node, "Labels")) {
      labels.put(key, text(node.path(key), "Labels"));
    }
    return Map.copyOf(labels);
  }
}
