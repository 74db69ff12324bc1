package io.crij.image.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks servers, on connections that are kept for a while. Thread-safe; one per node. */
public final class Connections {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int IDLE_PER_ROUTE = 8;

  private final PullTimeouts timeouts;
  private final Watch watch;
  private final Map<Route, Deque<HttpConnection>> idle = new HashMap<>();

  public Connections(PullTimeouts timeouts) {
    this.timeouts = timeouts;
    this.watch = new Watch(timeouts, () -> sweep(System.nanoTime()));
  }

  /**
   * Sends one request; follows nothing.
   *
   * @param connect how long connecting may take
   * @param pace of the server that the body comes from
   */
  public HttpAnswer send(HttpRequest request, Route route, Duration connect, Pace pace) throws IOException {
    while (true) {
      Optional<HttpConnection> kept = take(route);
      HttpConnection connection = kept.isPresent() ? kept.get() : fresh(route, connect);
      try {
        HttpReader.Head head = connection.ask(request, pace, timeouts);
        return new HttpAnswer(
            head.status(),
            head.headers(),
            head.chunked() ? -1 : head.length(),
            connection.body(head),
            whole -> done(connection, whole && head.reusable()));
      } catch (EOFException | SocketException e) {
        // A kept connection may have been closed by the server meanwhile; a new one was not.
        if (kept.isEmpty()) {
          throw e;
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new java.io.InterruptedIOException("the pull was stopped");
        }
      }
    }
  }

  /** As {@link #send} with the node's own patience for connecting. */
  public HttpAnswer send(HttpRequest request, Route route, Pace pace) throws IOException {
    return send(request, route, timeouts.connect(), pace);
  }

  private HttpConnection fresh(Route route, Duration connect) throws IOException {
    Socket socket = Dialer.dial(route, connect, "http/1.1");
    return new HttpConnection(socket, route, watch);
  }

  private Optional<HttpConnection> take(Route route) {
    synchronized (idle) {
      Deque<HttpConnection> kept = idle.get(route);
      return kept == null ? Optional.empty() : Optional.ofNullable(kept.pollLast());
    }
  }

  /** Closes what no request came for; true if anything is left. */
  private boolean sweep(long now) {
    List<HttpConnection> old = new ArrayList<>();
    boolean left;
    synchronized (idle) {
      for (Iterator<Deque<HttpConnection>> routes = idle.values().iterator(); routes.hasNext(); ) {
        Deque<HttpConnection> kept = routes.next();
        while (!kept.isEmpty() && now - kept.peekFirst().idleSince() > IDLE_NANOS) {
          old.add(kept.removeFirst());
        }
        if (kept.isEmpty()) {
          routes.remove();
        }
      }
      left = !idle.isEmpty();
    }
    old.forEach(HttpConnection::close);
    return left;
  }

  private void done(HttpConnection connection, boolean reusable) {
    connection.answered();
    if (reusable) {
      connection.rests(System.nanoTime());
      synchronized (idle) {
        Deque<HttpConnection> kept = idle.computeIfAbsent(connection.route(), route -> new ArrayDeque<>());
        if (kept.size() < IDLE_PER_ROUTE) {
          kept.addLast(connection);
          watch.wake();
          return;
        }
      }
    }
    connection.close();
  }
}
