package io.crij.sandbox;

import com.google.protobuf.MessageLite;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/**
 * Lets a retry of a call join the one that still runs: kubelet gives up after its deadline and asks again for the same. The
 * work has a thread of its own, so a client that goes away takes nothing with it.
 *
 * @param <K> what makes two calls the same
 * @param <V> the result
 */
final class JoinedRuns<K, V> {
  private record Running<V>(MessageLite request, CompletableFuture<V> result) {}

  private final Map<K, Running<V>> running = new ConcurrentHashMap<>();
  private final ThreadFactory threads;

  JoinedRuns(ThreadFactory threads) {
    this.threads = threads;
  }

  /**
   * Does the work, or waits for the same work that runs already.
   *
   * @throws CriException the failure of the work; ALREADY_EXISTS if the running one was asked for with other bytes;
   *     CANCELLED if this caller was interrupted (the work goes on)
   */
  V run(K key, MessageLite request, Supplier<V> work) {
    Running<V> mine = new Running<>(request, new CompletableFuture<>());
    Running<V> before = running.putIfAbsent(key, mine);
    if (before == null) {
      threads.newThread(() -> finish(key, mine, work)).start();
      return await(key, mine.result);
    }
    if (!before.request.equals(request)) {
      throw new CriException(
          ErrorCode.ALREADY_EXISTS,
          "Pod " + Texts.printable(key.toString()) + " is being made right now by a request with other contents; wait for that one.");
    }
    return await(key, before.result);
  }

  private void finish(K key, Running<V> mine, Supplier<V> work) {
    try {
      V value = work.get();
      running.remove(key, mine);
      mine.result.complete(value);
    } catch (Throwable e) {
      // Throwable: whoever waits must hear of an Error too, else it waits for ever.
      running.remove(key, mine);
      mine.result.completeExceptionally(e);
    }
  }

  private static <V> V await(Object key, CompletableFuture<V> result) {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(
          ErrorCode.CANCELLED,
          "The client gave up on pod " + Texts.printable(key.toString()) + "; the work goes on, and the same request joins it.");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CriException failure) {
        throw new CriException(failure.code(), failure.getMessage(), failure);
      }
      throw CriException.internal(
          "Pod " + Texts.printable(key.toString()) + " could not be made because of a fault in the runtime; the daemon's log has the details.",
          e.getCause());
    }
  }
}
