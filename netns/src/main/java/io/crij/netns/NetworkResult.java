package io.crij.netns;

import java.util.List;

/**
 * How a pod is connected.
 *
 * @param ips its addresses, IPv4 or IPv6 without prefix length, the primary one first; never empty
 * @param network the name of the network configuration
 * @param cniResult the last plugin's result as JSON, for reports
 */
public record NetworkResult(List<String> ips, String network, String cniResult) {
  public NetworkResult {
    ips = List.copyOf(ips);
  }
}
