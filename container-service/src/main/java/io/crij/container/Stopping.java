package io.crij.container;

import java.util.concurrent.CompletableFuture;

/** A stop that is under way: all who ask for it wait for one result, and the shortest of their deadlines holds. */
final class Stopping {
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private long killAtNanos;

  /** @param killAtNanos when to kill, on the stops' clock; the container's lock guards it */
  Stopping(long killAtNanos) {
    this.killAtNanos = killAtNanos;
  }

  long killAtNanos() {
    return killAtNanos;
  }

  /** True if the deadline became shorter. */
  boolean shorten(long newKillAtNanos) {
    if (newKillAtNanos - killAtNanos >= 0) {
      return false;
    }
    killAtNanos = newKillAtNanos;
    return true;
  }

  CompletableFuture<Void> done() {
    return done;
  }
}
