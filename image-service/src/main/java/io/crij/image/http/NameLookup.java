package io.crij.image.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Turns names into addresses within a time limit. The system's resolver has none that a caller could set, and cannot be interrupted:
 * each name that is looked up has a platform thread of its own, which all who ask for that name share and nobody has to wait for.
 */
final class NameLookup {
  /** The system's way. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private final Resolver resolver;
  private final ConcurrentHashMap<String, FutureTask<InetAddress[]>> underway = new ConcurrentHashMap<>();

  NameLookup(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * All addresses of a name.
   *
   * @throws UnknownHostException if it has none
   * @throws ConnectException if the answer is not here after {@code millis}
   */
  InetAddress[] addresses(String host, int millis) throws IOException {
    FutureTask<InetAddress[]> lookup = underway.computeIfAbsent(host, this::begin);
    try {
      return lookup.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new ConnectException("its name was not resolved in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the pull was stopped");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException) {
        UnknownHostException own = new UnknownHostException(host); // one for each asker
        own.initCause(e.getCause());
        throw own;
      }
      throw new IOException("its name cannot be looked up", e.getCause());
    }
  }

  private FutureTask<InetAddress[]> begin(String host) {
    FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> resolver.resolve(host));
    Thread.ofPlatform()
        .daemon()
        .name("lookup-" + host)
        .start(
            () -> {
              lookup.run();
              underway.remove(host, lookup); // the next one sees what the resolver says then
            });
    return lookup;
  }
}
