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
import javax.net.ssl.SSLSocket;

/** Asks servers, on connections that are kept for a while. Thread-safe; one per node. */
public final class Connections {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int IDLE_PER_ROUTE = 8;

  private final PullTimeouts timeouts;
  final Watch watch;
  private final Map<Route, Deque<HttpConnection>> idle = new HashMap<>();
  private final Map<Route, Http2Connection> shared = new HashMap<>();

  public Connections(PullTimeouts timeouts) {
    this.timeouts = timeouts;
    this.watch = new Watch(timeouts, () -> sweep(System.nanoTime()));
  }

  /** What an answer's body is like. */
  public enum Size {
    /** A document: it may share a connection of HTTP/2 with others. */
    SMALL,
    /** It has a connection of HTTP/1.1 for itself: no other's flow control, no copy into a queue. */
    LARGE
  }

  /**
   * Sends one request; follows nothing.
   *
   * @param connect how long connecting may take
   * @param pace of the server that the body comes from
   */
  public HttpAnswer send(HttpRequest request, Route route, Duration connect, Pace pace, Size size) throws IOException {
    while (true) {
      Optional<Http2Connection> known = size == Size.SMALL ? open(route) : Optional.empty();
      Optional<HttpConnection> kept = known.isEmpty() ? take(route) : Optional.empty();
      try {
        if (known.isPresent()) {
          return known.get().send(request, pace);
        }
        if (kept.isPresent()) {
          return ask(kept.get(), request, pace);
        }
        return fresh(route, connect, request, pace, size);
      } catch (EOFException | SocketException e) {
        // A kept connection may have been closed by the server meanwhile; a new one was not.
        if (known.isEmpty() && kept.isEmpty()) {
          throw e;
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new java.io.InterruptedIOException("the pull was stopped");
        }
      }
    }
  }

  private HttpAnswer ask(HttpConnection connection, HttpRequest request, Pace pace) throws IOException {
    HttpReader.Head head = connection.ask(request, pace, timeouts);
    return new HttpAnswer(
        head.status(),
        head.headers(),
        head.chunked() ? -1 : head.length(),
        connection.body(head),
        whole -> done(connection, whole && head.reusable()));
  }

  private HttpAnswer fresh(Route route, Duration connect, HttpRequest request, Pace pace, Size size) throws IOException {
    String[] protocols = size == Size.SMALL ? new String[] {"h2", "http/1.1"} : new String[] {"http/1.1"};
    Socket socket = Dialer.dial(route, connect, protocols);
    if (socket instanceof SSLSocket secured && "h2".equals(secured.getApplicationProtocol())) {
      return share(route, new Http2Connection(socket, watch, timeouts)).send(request, pace);
    }
    return ask(new HttpConnection(socket, route, watch), request, pace);
  }

  private Optional<Http2Connection> open(Route route) {
    synchronized (idle) {
      return Optional.ofNullable(shared.get(route)).filter(Http2Connection::isOpen);
    }
  }

  /** The connection that all are to use: this one, unless another thread was faster. */
  private Http2Connection share(Route route, Http2Connection made) {
    Http2Connection used = made;
    synchronized (idle) {
      Http2Connection before = shared.put(route, made);
      if (before != null && before.isOpen()) {
        shared.put(route, before);
        used = before;
        made.retire();
      } else if (before != null) {
        before.retire();
      }
    }
    watch.wake();
    return used;
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
    List<Http2Connection> unused = new ArrayList<>();
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
      for (Iterator<Http2Connection> all = shared.values().iterator(); all.hasNext(); ) {
        Http2Connection connection = all.next();
        if (connection.isIdleSince(now - IDLE_NANOS)) {
          unused.add(connection);
          all.remove();
        }
      }
      left = !idle.isEmpty() || !shared.isEmpty();
    }
    old.forEach(HttpConnection::close);
    unused.forEach(Http2Connection::close);
    return left;
  }

  private void done(HttpConnection connection, boolean reusable) {
    connection.answered();
    if (reusable && keep(connection)) {
      watch.wake(); // not under our lock, which the watch takes under its own
      return;
    }
    connection.close();
  }

  private boolean keep(HttpConnection connection) {
    connection.rests(System.nanoTime());
    synchronized (idle) {
      Deque<HttpConnection> kept = idle.computeIfAbsent(connection.route(), route -> new ArrayDeque<>());
      if (kept.size() >= IDLE_PER_ROUTE) {
        return false;
      }
      kept.addLast(connection);
      return true;
    }
  }
}
