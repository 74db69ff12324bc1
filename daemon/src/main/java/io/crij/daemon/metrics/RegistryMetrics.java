package io.crij.daemon.metrics;

import io.crij.image.registry.ServerTraffic;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** What pulls had to do with each server: registries, mirrors, and where these send us. */
public final class RegistryMetrics {
  private RegistryMetrics() {}

  /** @param servers bounded in number, and with sums that only grow */
  public static void addTo(Metrics metrics, Supplier<List<ServerTraffic>> servers) {
    metrics.counters("crij_registry_requests_total", "Requests to a server of images.", "server", () -> sums(servers, ServerTraffic::requests));
    metrics.counters(
        "crij_registry_failures_total", "Requests without an answer, or with one of 500 and above.", "server", () -> sums(servers, ServerTraffic::failures));
    metrics.counters("crij_registry_throttled_total", "Answers of 429: too many requests.", "server", () -> sums(servers, ServerTraffic::throttled));
    metrics.counters("crij_registry_bytes_total", "Bytes that a server sent.", "server", () -> sums(servers, ServerTraffic::bytes));
  }

  private static Map<String, Long> sums(Supplier<List<ServerTraffic>> servers, ToLongFunction<ServerTraffic> what) {
    Map<String, Long> sums = new TreeMap<>();
    servers.get().forEach(server -> sums.put(server.server(), what.applyAsLong(server)));
    return sums;
  }
}
