package io.crij.helper;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for answers that must not be given up half way. */
final class Waiting {
  private Waiting() {}

  /**
   * The future's value. An interrupt of the thread does not end the wait, which is short and bounded: whoever gives up between
   * a request and its reply does not know what exists. The interrupt is kept for the caller.
   */
  static <T> T uninterrupted(CompletableFuture<T> future, Duration deadline) throws TimeoutException, ExecutionException {
    long end = System.nanoTime() + deadline.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
