package io.crij.container.stats;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads of kernel files and filesystems, which may hang: on a few threads of their own, each waited for only so long. While one
 * read of an object hangs no other of the same is begun, so that a stuck object holds one thread at most.
 */
public final class BoundedReads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BoundedReads.class);

  private final Duration patience;
  private final ThreadPoolExecutor threads;
  private final Map<String, FutureTask<?>> running = new ConcurrentHashMap<>();

  /** Those that the log tells of already. */
  private final Set<String> hanging = ConcurrentHashMap.newKeySet();

  /**
   * @param count how many reads go on at one time
   * @param patience how long a call waits for all that it asks for
   */
  public BoundedReads(int count, Duration patience) {
    this.patience = patience;
    this.threads =
        new ThreadPoolExecutor(
            count, count, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("stats-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** @param key names the object and what is read of it: reads of one key are the same read */
  record Read<T>(String key, Callable<T> work) {}

  /**
   * @throws CriException what the read throws; DEADLINE_EXCEEDED if it does not come to an end
   */
  <T> T one(Read<T> read) {
    FutureTask<T> task = begin(read);
    try {
      return await(task, System.nanoTime() + patience.toNanos());
    } catch (TimeoutException e) {
      throw new CriException(
          ErrorCode.DEADLINE_EXCEEDED,
          "The " + read.key() + " could not be read within " + patience.toMillis() + " ms: the kernel or a disk does not answer; try again.");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CriException known) {
        throw known;
      }
      throw CriException.internal("The " + read.key() + " cannot be read: " + e.getCause() + ".", e.getCause());
    }
  }

  /** The results in the order of the reads. One that fails, as when its object vanished, or that hangs is left out. */
  <T> List<T> all(List<Read<T>> reads) {
    long end = System.nanoTime() + patience.toNanos();
    List<FutureTask<T>> tasks = new ArrayList<>(reads.size());
    reads.forEach(read -> tasks.add(begin(read)));
    List<T> results = new ArrayList<>(reads.size());
    for (int i = 0; i < reads.size(); i++) {
      String key = reads.get(i).key();
      try {
        results.add(await(tasks.get(i), end));
      } catch (TimeoutException e) {
        if (hanging.add(key)) {
          LOG.warn("The {} cannot be read: the kernel or a disk does not answer; lists go without it", key);
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof CriException known && known.code() == ErrorCode.NOT_FOUND) {
          LOG.debug("The {} went away while it was read", key);
        } else {
          LOG.warn("The {} cannot be read, lists go without it: {}", key, String.valueOf(e.getCause()));
        }
      }
    }
    return results;
  }

  // Unchecked: a key stands for one kind of result.
  @SuppressWarnings("unchecked")
  private <T> FutureTask<T> begin(Read<T> read) {
    FutureTask<T>[] own = new FutureTask[1];
    FutureTask<?> task =
        running.computeIfAbsent(
            read.key(),
            key -> {
              own[0] =
                  new FutureTask<>(
                      () -> {
                        try {
                          return read.work().call();
                        } finally {
                          running.remove(key);
                          hanging.remove(key);
                        }
                      });
              return own[0];
            });
    if (own[0] != null) {
      threads.execute(own[0]);
    }
    return (FutureTask<T>) task;
  }

  private static <T> T await(FutureTask<T> task, long end) throws TimeoutException, ExecutionException {
    try {
      return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(ErrorCode.CANCELLED, "The client gave up while statistics were read.");
    }
  }

  /** Waits for nothing: whatever hangs ends with the process. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
