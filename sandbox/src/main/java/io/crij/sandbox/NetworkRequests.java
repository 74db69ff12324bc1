package io.crij.sandbox;

import io.crij.core.ObjectId;
import io.crij.cri.DNSConfig;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PortMapping;
import io.crij.netns.NetworkRequest;
import java.nio.file.Path;

/** A pod's configuration in the words of its network. */
final class NetworkRequests {
  private NetworkRequests() {}

  static NetworkRequest of(ObjectId id, PodSandboxConfig config, Path netns) {
    PodSandboxMetadata metadata = config.getMetadata();
    DNSConfig dns = config.getDnsConfig();
    return new NetworkRequest(
        id,
        metadata.getNamespace(),
        metadata.getName(),
        metadata.getUid(),
        netns,
        config.getPortMappingsList().stream().map(NetworkRequests::port).toList(),
        config.getAnnotationsMap(),
        new NetworkRequest.Dns(dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()));
  }

  private static NetworkRequest.PortMapping port(PortMapping port) {
    NetworkRequest.Protocol protocol =
        switch (port.getProtocol()) {
          case UDP -> NetworkRequest.Protocol.UDP;
          case SCTP -> NetworkRequest.Protocol.SCTP;
          case TCP, UNRECOGNIZED -> NetworkRequest.Protocol.TCP;
        };
    return new NetworkRequest.PortMapping(protocol, port.getContainerPort(), port.getHostPort(), port.getHostIp());
  }
}
