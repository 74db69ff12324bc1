package io.crij.netns;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import java.util.Locale;

/**
 * What a pod asks of plugins beyond an address, under the names of CNI's conventions. A plugin is told of those that it
 * declares.
 */
final class CniCapabilities {
  private static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  private static final String EGRESS = "kubernetes.io/egress-bandwidth";

  /** The largest burst that the bandwidth plugin takes, in bits: a rate alone is what the annotation asks for. */
  private static final long BURST = 0xffff_ffffL;

  private CniCapabilities() {}

  static ObjectNode of(NetworkRequest request) {
    ObjectNode all = Json.FOREIGN.createObjectNode();
    ArrayNode ports = ports(request);
    if (!ports.isEmpty()) {
      all.set("portMappings", ports);
    }
    ObjectNode bandwidth = bandwidth(request);
    if (!bandwidth.isEmpty()) {
      all.set("bandwidth", bandwidth);
    }
    NetworkRequest.Dns dns = request.dns();
    if (!dns.equals(NetworkRequest.Dns.NONE)) {
      ObjectNode node = all.putObject("dns");
      node.set("servers", Json.FOREIGN.valueToTree(dns.servers()));
      node.set("searches", Json.FOREIGN.valueToTree(dns.searches()));
      node.set("options", Json.FOREIGN.valueToTree(dns.options()));
    }
    if (!request.annotations().isEmpty()) {
      all.set("io.kubernetes.cri.pod-annotations", Json.FOREIGN.valueToTree(request.annotations()));
    }
    return all;
  }

  private static ArrayNode ports(NetworkRequest request) {
    ArrayNode ports = Json.FOREIGN.createArrayNode();
    for (NetworkRequest.PortMapping port : request.ports()) {
      if (port.hostPort() > 0) {
        ObjectNode node = ports.addObject();
        node.put("hostPort", port.hostPort());
        node.put("containerPort", port.containerPort());
        node.put("protocol", port.protocol().name().toLowerCase(Locale.ROOT));
        if (!port.hostIp().isEmpty()) {
          node.put("hostIP", port.hostIp());
        }
      }
    }
    return ports;
  }

  private static ObjectNode bandwidth(NetworkRequest request) {
    ObjectNode bandwidth = Json.FOREIGN.createObjectNode();
    String ingress = request.annotations().get(INGRESS);
    if (ingress != null) {
      bandwidth.put("ingressRate", Bandwidth.parse(INGRESS, ingress));
      bandwidth.put("ingressBurst", BURST);
    }
    String egress = request.annotations().get(EGRESS);
    if (egress != null) {
      bandwidth.put("egressRate", Bandwidth.parse(EGRESS, egress));
      bandwidth.put("egressBurst", BURST);
    }
    return bandwidth;
  }
}
