package io.crij.container.cdi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.crij.core.Json;
import io.crij.core.Printable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * One CDI file. Of a device only its place is kept until it is asked for, so that one that cannot be had here does not hide the
 * others.
 *
 * @param kind {@code vendor.com/class}
 * @param common the edits for every device of the file
 * @param devices the edits of each device by its name
 */
record CdiSpec(String kind, JsonNode common, Map<String, JsonNode> devices) {
  static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_DEVICES = 4096;
  private static final ObjectMapper YAML = yaml();

  CdiSpec {
    devices = Map.copyOf(devices);
  }

  /** @param json whether the file's name ends so; else it is YAML */
  static CdiSpec parse(byte[] text, boolean json) throws CdiSpecException {
    if (text.length > MAX_BYTES) {
      throw CdiSpecException.wrong("the file", "it is longer than " + MAX_BYTES + " bytes");
    }
    JsonNode root;
    try {
      root = (json ? Json.FOREIGN : YAML).readTree(text);
    } catch (JsonProcessingException e) {
      throw CdiSpecException.wrong("the file", String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("it cannot be parsed"));
    } catch (IOException | StackOverflowError e) {
      throw CdiSpecException.wrong("the file", "it cannot be parsed");
    }
    if (root == null || !root.isObject()) {
      throw CdiSpecException.wrong("the file", "it is no object");
    }
    String version = CdiEditsParser.text("cdiVersion", root.path("cdiVersion"));
    if (!version.matches("v?(0\\.[3-9]|1\\.[0-9])\\.\\d{1,3}")) {
      throw CdiSpecException.unsupported("cdiVersion", "'" + Printable.of(version) + "' is not between 0.3.0 and 1.9.x");
    }
    String kind = CdiEditsParser.text("kind", root.path("kind"));
    if (!CdiName.isKind(kind)) {
      throw CdiSpecException.wrong("kind", "'" + Printable.of(kind) + "' is not vendor.com/class");
    }
    Map<String, JsonNode> devices = new LinkedHashMap<>();
    for (JsonNode device : CdiEditsParser.list(root, "devices")) {
      String name = CdiEditsParser.text("devices.name", device.path("name"));
      if (!CdiName.isDevice(name) || devices.size() >= MAX_DEVICES || devices.put(name, device.path("containerEdits")) != null) {
        throw CdiSpecException.wrong("devices", "'" + Printable.of(name) + "' is not a device's name, or is there twice");
      }
    }
    if (devices.isEmpty()) {
      throw CdiSpecException.wrong("devices", "there is none");
    }
    return new CdiSpec(kind, root.path("containerEdits"), devices);
  }

  CdiEdits commonEdits() throws CdiSpecException {
    return CdiEditsParser.parse("", common);
  }

  CdiEdits edits(String device) throws CdiSpecException {
    JsonNode edits = devices.get(device);
    if (edits == null) {
      throw CdiSpecException.wrong("devices", "'" + device + "' is not there");
    }
    return CdiEditsParser.parse("devices[" + device + "].", edits);
  }

  private static ObjectMapper yaml() {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MAX_BYTES);
    limits.setNestingDepthLimit(MAX_DEPTH);
    limits.setMaxAliasesForCollections(0);
    limits.setAllowDuplicateKeys(false);
    return YAMLMapper.builder(YAMLFactory.builder().loaderOptions(limits).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }
}
