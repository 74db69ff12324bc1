package io.crij.critest.hostile;

import io.crij.cri.AuthConfig;
import io.crij.cri.VersionRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Somebody else on the node, who asks for the version each second and pulls a harmless image every few. */
final class Witness implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PULL_EVERY = 3;

  private final Node node;
  private final HostileServer registry;
  private final Thread thread;
  private volatile boolean over;
  private volatile String failure = "";
  private long slowestMillis;
  private long slowestPullMillis;
  private int calls;
  private int pulls;

  Witness(Node node) throws IOException {
    this.node = node;
    this.registry = new HostileServer().image("good", "1", HostileImage.good("witness"));
    pull(); // Before any attack: it does not change the store any more after this.
    this.thread = Thread.ofPlatform().daemon().name("witness").start(this::run);
  }

  private void run() {
    while (!over) {
      try {
        long began = System.nanoTime();
        node.runtime().withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS).version(VersionRequest.getDefaultInstance());
        slowestMillis = Math.max(slowestMillis, (System.nanoTime() - began) / 1_000_000);
        if (calls++ % PULL_EVERY == 0) {
          began = System.nanoTime();
          pull();
          slowestPullMillis = Math.max(slowestPullMillis, (System.nanoTime() - began) / 1_000_000);
          pulls++;
        }
        TimeUnit.MILLISECONDS.sleep(500);
      } catch (StatusRuntimeException e) {
        failure = String.valueOf(e.getStatus());
        return;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void pull() {
    node.pull(registry.host() + "/good:1", AuthConfig.getDefaultInstance(), PATIENCE);
  }

  void requireServed() {
    Scene.require(failure.isEmpty(), failure);
    Scene.require(pulls > 0, "nothing was asked");
  }

  @Override
  public String toString() {
    return calls + " calls of another client, the slowest " + slowestMillis + " ms; " + pulls + " pulls, the slowest " + slowestPullMillis + " ms";
  }

  @Override
  public void close() throws IOException, InterruptedException {
    over = true;
    thread.join(PATIENCE.multipliedBy(2));
    registry.close();
  }
}
