package io.crij.netns;

import io.crij.core.ObjectId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** One lock per pod, kept only while someone holds it or waits for it. */
final class PodLocks {
  private static final class Counted {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  /** Unlocks at the end of a try block. */
  final class Held implements AutoCloseable {
    private final ObjectId pod;
    private final Counted counted;

    private Held(ObjectId pod, Counted counted) {
      this.pod = pod;
      this.counted = counted;
    }

    @Override
    public void close() {
      counted.lock.unlock();
      synchronized (byPod) {
        counted.users--;
        if (counted.users == 0) {
          byPod.remove(pod);
        }
      }
    }
  }

  /** Guarded by itself; no lock of a pod is waited for while it is held. */
  private final Map<ObjectId, Counted> byPod = new HashMap<>();

  Held lock(ObjectId pod) {
    Counted counted;
    synchronized (byPod) {
      counted = byPod.computeIfAbsent(pod, id -> new Counted());
      counted.users++;
    }
    counted.lock.lock();
    return new Held(pod, counted);
  }
}
