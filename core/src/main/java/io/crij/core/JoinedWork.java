package io.crij.core;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Does work on a thread of its own, so that a client that goes away takes nothing with it, and lets a retry of a call join the
 * one that still runs: kubelet gives up after its deadline and asks again for the same.
 *
 * @param <K> what makes two calls the same
 * @param <V> the result
 */
public final class JoinedWork<K, V> {
  private record Running<V>(Object request, CompletableFuture<V> result) {}

  private final Map<K, Running<V>> running = new ConcurrentHashMap<>();
  private final ThreadFactory threads;
  private final Function<K, String> name;

  /** @param name what messages call the object that is worked on, fit to be printed */
  public JoinedWork(ThreadFactory threads, Function<K, String> name) {
    this.threads = threads;
    this.name = name;
  }

  /**
   * Does the work, or waits for the same work that runs already.
   *
   * @param request what is asked for; a call with an equal one is a retry
   * @throws CriException the failure of the work; ALREADY_EXISTS if the running one was asked for with another request;
   *     CANCELLED if this caller was interrupted (the work goes on)
   */
  public V run(K key, Object request, Supplier<V> work) {
    Running<V> mine = new Running<>(request, new CompletableFuture<>());
    Running<V> before = running.putIfAbsent(key, mine);
    if (before == null) {
      // Lines of the log about the work are about what the call is about.
      Map<String, String> about = MDC.getCopyOfContextMap();
      Journal.Parts parts = Journal.parts();
      threads
          .newThread(
              () ->
                  Journal.under(
                      parts,
                      () -> {
                        finish(key, mine, work, about);
                        return key;
                      }))
          .start();
      return await(name.apply(key), mine.result);
    }
    if (!before.request.equals(request)) {
      throw new CriException(
          ErrorCode.ALREADY_EXISTS,
          "Another request with other contents works on " + name.apply(key) + " right now; wait for that one.");
    }
    return await(name.apply(key), before.result);
  }

  private void finish(K key, Running<V> mine, Supplier<V> work, @Nullable Map<String, String> about) {
    if (about != null) {
      MDC.setContextMap(about);
    }
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

  /** Waits for a result that another thread makes; {@code what} names the object that is worked on. */
  public static <V> V await(String what, CompletableFuture<V> result) {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(
          ErrorCode.CANCELLED, "The client gave up on " + what + "; the work goes on, and the same request joins it.");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CriException failure) {
        throw new CriException(failure.code(), failure.getMessage(), failure);
      }
      throw CriException.internal(
          "The work on " + what + " ended with a fault in the runtime; the daemon's log has the details.", e.getCause());
    }
  }
}
