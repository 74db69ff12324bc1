package io.crij.daemon.node;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The address ranges of a node's pods, as kubelet names them: one, or one of each family with a comma between.
 *
 * @param ranges in the given order, as {@code 10.244.1.0/24}
 */
record PodCidrs(List<String> ranges) {
  PodCidrs {
    ranges = List.copyOf(ranges);
  }

  /** @throws CriException INVALID_ARGUMENT, naming the part that is no range */
  static PodCidrs parse(String text) {
    List<String> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String range = part.strip();
      if (!isRange(range)) {
        throw CriException.invalid(
            "runtime_config.network_config.pod_cidr: '" + Printable.of(range) + "' is not an address range such as 10.244.1.0/24.");
      }
      ranges.add(range);
    }
    return new PodCidrs(ranges);
  }

  /** The default route of each family that the ranges have. */
  List<String> routes() {
    return ranges.stream().map(range -> range.indexOf(':') < 0 ? "0.0.0.0/0" : "::/0").distinct().toList();
  }

  private static boolean isRange(String range) {
    int slash = range.indexOf('/');
    if (slash < 0) {
      return false;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(range.substring(0, slash));
      int bits = Integer.parseInt(range.substring(slash + 1));
      return bits >= 0 && bits <= (address instanceof Inet4Address ? 32 : 128);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
