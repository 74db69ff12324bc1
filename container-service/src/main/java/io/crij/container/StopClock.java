package io.crij.container;

import java.util.concurrent.locks.Condition;

/** Time as stops see it; an interface so that they are tested without waiting. */
interface StopClock {
  /** Nanoseconds since some point in time; never goes back. */
  long now();

  /** Waits until it is signalled or the time is over. The caller holds the lock of the condition. */
  void await(Condition condition, long nanos) throws InterruptedException;

  /** The time of the machine. */
  StopClock SYSTEM =
      new StopClock() {
        @Override
        public long now() {
          return System.nanoTime();
        }

        @Override
        public void await(Condition condition, long nanos) throws InterruptedException {
          // Whoever waits looks at the clock itself: it may wake up for nothing.
          long _ = condition.awaitNanos(nanos);
        }
      };
}
