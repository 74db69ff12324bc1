package io.crij.image;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * How many layers move at one time: so many from one registry, and some times as many over all. A registry that trickles takes its
 * own lanes and not those of the others.
 */
final class Lanes {
  /** Registries that can be slow at one time before the others feel it. */
  private static final int REGISTRIES = 4;

  private final int ofOne;
  private final Semaphore all;
  private final ConcurrentHashMap<String, Semaphore> byRegistry = new ConcurrentHashMap<>();

  /** @param ofOne layers from one registry */
  Lanes(int ofOne) {
    this.ofOne = ofOne;
    this.all = new Semaphore(ofOne * REGISTRIES, true);
  }

  /** Waits for a lane; {@link #leave} gives it back. */
  void enter(String registry) throws InterruptedException {
    Semaphore own = byRegistry.computeIfAbsent(registry, name -> new Semaphore(ofOne, true));
    own.acquire();
    try {
      all.acquire();
    } catch (InterruptedException e) {
      own.release();
      throw e;
    }
  }

  void leave(String registry) {
    all.release();
    byRegistry.computeIfPresent(
        registry,
        (name, own) -> {
          own.release();
          // Names of registries come and go; at worst one that is just entering counts apart.
          return own.availablePermits() == ofOne && !own.hasQueuedThreads() ? null : own;
        });
  }
}
