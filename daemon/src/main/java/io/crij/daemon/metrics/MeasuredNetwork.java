package io.crij.daemon.metrics;

import io.crij.core.ObjectId;
import io.crij.netns.NetworkRequest;
import io.crij.netns.NetworkResult;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetwork;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The pods' network with a clock beside it. */
public final class MeasuredNetwork implements PodNetwork {
  private final PodNetwork network;
  private final Metrics metrics;

  public MeasuredNetwork(PodNetwork network, Metrics metrics) {
    this.network = network;
    this.metrics = metrics;
  }

  @Override
  public NetworkResult add(NetworkRequest request) {
    return measured("ADD", () -> network.add(request));
  }

  @Override
  public void remove(ObjectId sandbox) {
    measured(
        "DEL",
        () -> {
          network.remove(sandbox);
          return sandbox;
        });
  }

  @Override
  public void check(ObjectId sandbox) {
    measured(
        "CHECK",
        () -> {
          network.check(sandbox);
          return sandbox;
        });
  }

  @Override
  public Optional<NetworkResult> result(ObjectId sandbox) {
    return network.result(sandbox);
  }

  @Override
  public void gc(Set<ObjectId> live) {
    measured(
        "GC",
        () -> {
          network.gc(live);
          return live;
        });
  }

  @Override
  public NetworkStatus status() {
    return measured("STATUS", network::status);
  }

  private <T> T measured(String command, Supplier<T> work) {
    long began = System.nanoTime();
    boolean done = false;
    try {
      T result = work.get();
      done = true;
      return result;
    } finally {
      metrics.network(command, System.nanoTime() - began, !done);
    }
  }
}
