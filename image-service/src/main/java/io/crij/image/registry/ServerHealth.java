package io.crij.image.registry;

import io.crij.image.http.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which servers failed lately. Such a one is asked after the others for a while, the longer the oftener it failed; it is never left out,
 * so that a pull always has somebody to ask. Thread-safe; one per node.
 */
final class ServerHealth {
  private static final Duration FIRST_REST = Duration.ofSeconds(5);
  private static final Duration LONGEST_REST = Duration.ofMinutes(5);
  private static final int SERVERS_MAX = 1024;

  private static final class State {
    final Pace pace;
    int failures;
    long restsUntil;
    boolean rests;

    State(Pace pace) {
      this.pace = pace;
    }
  }

  private final LongSupplier nanoTime;
  private final Map<String, State> servers =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
          return size() > SERVERS_MAX;
        }
      };

  private final TrafficAccounts traffic = new TrafficAccounts();

  ServerHealth(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  TrafficAccounts traffic() {
    return traffic;
  }

  synchronized Pace pace(String server) {
    return state(server).pace;
  }

  /** The same servers, resting ones last; the order is otherwise kept. */
  synchronized List<RegistryEndpoint> ordered(List<RegistryEndpoint> endpoints) {
    List<RegistryEndpoint> ready = new ArrayList<>();
    List<RegistryEndpoint> resting = new ArrayList<>();
    for (RegistryEndpoint endpoint : endpoints) {
      (rests(endpoint) ? resting : ready).add(endpoint);
    }
    ready.addAll(resting);
    return ready;
  }

  /**
   * Lets the server rest.
   *
   * @param atLeast what the server asked for, zero if nothing
   * @return whether it did not rest before
   */
  synchronized boolean failed(String server, Duration atLeast) {
    State state = state(server);
    Duration rest = FIRST_REST.multipliedBy(1L << Math.min(state.failures++, 6));
    rest = rest.compareTo(atLeast) < 0 ? atLeast : rest;
    rest = rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
    boolean fresh = !state.rests || nanoTime.getAsLong() - state.restsUntil >= 0;
    state.rests = true;
    state.restsUntil = nanoTime.getAsLong() + rest.toNanos();
    return fresh;
  }

  synchronized void answered(String server) {
    State state = state(server);
    state.failures = 0;
    state.rests = false;
  }

  private boolean rests(RegistryEndpoint endpoint) {
    State state = state(endpoint.server());
    return state.rests && nanoTime.getAsLong() - state.restsUntil < 0;
  }

  private State state(String server) {
    return servers.computeIfAbsent(server, key -> new State(new Pace(traffic.bytes(key))));
  }
}
