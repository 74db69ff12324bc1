package io.crij.nri;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Whether plugins know that a pod or a container has ended. It belongs to that pod or container and goes with it, so that one who
 * comes with the news after the removal still finds it told.
 */
public final class EndTold {
  private final ReentrantLock turn = new ReentrantLock();
  private boolean told;

  /** The first caller tells, others wait until it has. */
  void once(Runnable tell) {
    turn.lock();
    try {
      if (!told) {
        told = true;
        tell.run();
      }
    } finally {
      turn.unlock();
    }
  }
}
