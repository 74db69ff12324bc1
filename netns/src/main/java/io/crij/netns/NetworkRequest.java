package io.crij.netns;

import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A pod that is to be connected.
 *
 * @param netns the pinned network namespace
 * @param ports all port mappings of the pod; those with host port 0 are passed over
 * @param annotations the pod's; {@code kubernetes.io/ingress-bandwidth} and {@code kubernetes.io/egress-bandwidth} are obeyed
 * @param dns what plugins may want to know of the pod's resolver; {@link Dns#NONE} if nothing
 */
public record NetworkRequest(
    ObjectId sandbox,
    String podNamespace,
    String podName,
    String podUid,
    Path netns,
    List<PortMapping> ports,
    Map<String, String> annotations,
    Dns dns) {

  /** The protocol of a mapped port. */
  public enum Protocol {
    TCP,
    UDP,
    SCTP
  }

  /**
   * A port of the node that leads to a port of the pod.
   *
   * @param hostPort 0 if the port is not exposed on the node
   * @param hostIp the node's address to listen on, IPv4 or IPv6; empty for all
   */
  public record PortMapping(Protocol protocol, int containerPort, int hostPort, String hostIp) {}

  /** Resolver settings as the pod got them. */
  public record Dns(List<String> servers, List<String> searches, List<String> options) {
    /** No settings. */
    public static final Dns NONE = new Dns(List.of(), List.of(), List.of());

    public Dns {
      servers = List.copyOf(servers);
      searches = List.copyOf(searches);
      options = List.copyOf(options);
    }
  }

  public NetworkRequest {
    ports = List.copyOf(ports);
    annotations = Map.copyOf(annotations);
  }
}
