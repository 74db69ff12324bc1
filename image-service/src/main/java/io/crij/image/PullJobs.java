package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.image.registry.RegistryClient;
import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Equal pulls that run at one time are one pull. It runs on a thread of its own, so the caller who asked first may leave; it
 * stops when the last one who waits for it leaves.
 */
final class PullJobs {
  /** The point behind which a pull can no longer be stopped. */
  interface Gate {
    void pass() throws InterruptedIOException;
  }

  /** The pull itself; returns the image id. */
  interface Work {
    String run(Gate gate) throws Exception;
  }

  private final Map<String, Job> running = new HashMap<>();

  /** Runs {@code work}, or waits for the equal work that runs already. An interrupt of the caller means that it leaves. */
  String join(String key, Work work) throws Exception {
    Job job;
    synchronized (running) {
      Job known = running.get(key);
      job = known != null ? known : start(key, work);
      job.waiting++;
    }
    try {
      return job.result.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (InterruptedException e) {
      leave(key, job);
      throw new CriException(ErrorCode.CANCELLED, "The pull was stopped because nobody waits for it any more.", e);
    }
  }

  private Job start(String key, Work work) {
    Job job = new Job();
    running.put(key, job);
    job.thread =
        Thread.ofVirtual()
            .name("pull-" + key.substring(0, Math.min(60, key.length())))
            .start(
                () -> {
                  String id = "";
                  Throwable failure = null;
                  try {
                    id = work.run(() -> pass(job));
                  } catch (Throwable e) {
                    failure = e;
                  }
                  // Before the result is seen: a caller who comes after it must ask the registry again.
                  synchronized (running) {
                    running.remove(key, job);
                  }
                  if (failure == null) {
                    job.result.complete(id);
                  } else {
                    job.result.completeExceptionally(failure);
                  }
                });
    return job;
  }

  private void pass(Job job) throws InterruptedIOException {
    synchronized (running) {
      if (job.stopped) {
        throw RegistryClient.stopped();
      }
      job.committed = true;
    }
  }

  private void leave(String key, Job job) {
    synchronized (running) {
      job.waiting--;
      if (job.waiting == 0 && !job.committed) {
        job.stopped = true;
        running.remove(key, job); // A new caller must not join a pull that is going down.
        Thread thread = job.thread;
        if (thread != null) {
          thread.interrupt();
        }
      }
    }
  }

  private static final class Job {
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private @Nullable Thread thread;
    private int waiting;
    private boolean stopped;
    private boolean committed;
  }
}
