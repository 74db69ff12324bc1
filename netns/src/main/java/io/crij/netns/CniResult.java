package io.crij.netns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What an ADD gives back, and its forms in the versions of the spec. */
final class CniResult {
  private static final List<String> INTERFACE_FIELDS_OF_1_1 = List.of("mtu", "socketPath", "pciID");
  private static final List<String> ROUTE_FIELDS_OF_1_1 = List.of("mtu", "advmss", "priority", "table", "scope");

  private CniResult() {}

  /**
   * The result as a plugin of {@code version} reads it. Versions below 1.0.0 carry the family of each address in a field of
   * its own, 1.1.0 has more fields for interfaces and routes; all else is alike since 0.3.0.
   */
  static ObjectNode convert(ObjectNode result, String version) {
    ObjectNode converted = result.deepCopy();
    converted.put("cniVersion", version);
    boolean familyFields = !CniVersion.atLeast(version, "1.0.0");
    for (JsonNode ip : converted.path("ips")) {
      if (ip instanceof ObjectNode object) {
        object.remove("version");
        if (familyFields) {
          object.put("version", object.path("address").asText().indexOf(':') >= 0 ? "6" : "4");
        }
      }
    }
    if (!CniVersion.atLeast(version, "1.1.0")) {
      removeFields(converted.path("interfaces"), INTERFACE_FIELDS_OF_1_1);
      removeFields(converted.path("routes"), ROUTE_FIELDS_OF_1_1);
    }
    return converted;
  }

  /**
   * The pod's addresses in the order of the result, without prefix length: those on an interface inside the pod, and those
   * that are not said to be on any.
   */
  static List<String> podIps(ObjectNode result) {
    Set<String> ips = new LinkedHashSet<>();
    JsonNode interfaces = result.path("interfaces");
    for (JsonNode ip : result.path("ips")) {
      JsonNode on = ip.path("interface");
      boolean inPod = !on.isInt() || !interfaces.path(on.asInt()).path("sandbox").asText().isEmpty();
      String address = ip.path("address").asText();
      if (inPod && !address.isEmpty()) {
        ips.add(withoutPrefix(address));
      }
    }
    return new ArrayList<>(ips);
  }

  /** The reason why this cannot be a result, or an empty text. */
  static String problem(JsonNode answer) {
    if (!(answer instanceof ObjectNode)) {
      return "it is not a JSON object";
    }
    String version = answer.path("cniVersion").asText();
    if (!version.isEmpty() && !CniVersion.isSupported(version)) {
      return "its cniVersion is " + version + "; supported are " + CniVersion.SUPPORTED;
    }
    for (String list : List.of("ips", "interfaces", "routes")) {
      JsonNode value = answer.path(list);
      if (!value.isMissingNode() && !value.isNull() && !(value instanceof ArrayNode)) {
        return "its '" + list + "' is not a list";
      }
    }
    for (JsonNode ip : answer.path("ips")) {
      if (!isAddress(ip.path("address").asText())) {
        return "it holds an address that is none";
      }
    }
    return "";
  }

  private static boolean isAddress(String text) {
    try {
      return InetAddress.ofLiteral(withoutPrefix(text)) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String withoutPrefix(String address) {
    int prefix = address.indexOf('/');
    return prefix < 0 ? address : address.substring(0, prefix);
  }

  private static void removeFields(JsonNode list, List<String> fields) {
    for (JsonNode element : list) {
      if (element instanceof ObjectNode object) {
        object.remove(fields);
      }
    }
  }
}
