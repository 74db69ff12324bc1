package io.crij.daemon.stream.spdy;

import io.crij.daemon.stream.session.ForwardedConnection;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.helper.ForwardedPort;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * portforward.k8s.io: for each connection the client opens an error stream and a data stream with the same {@code requestid}
 * and {@code port}; very old clients give no id and open the data stream right after the error stream.
 */
public final class SpdyForward {
  public static final String PROTOCOL = "portforward.k8s.io";

  /** A thousand connections at one time. */
  public static final int MAX_STREAMS = 2_000;

  /** Connects to a port of the pod. */
  @FunctionalInterface
  public interface Opener {
    ForwardedPort open(int port);
  }

  private static final Logger LOG = LoggerFactory.getLogger("io.crij.stream");

  private static final long PAIR_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** One of the two streams, the other not yet come. */
  private record Half(SpdyStream stream, String type, long since) {}

  private final SpdySession session;
  private final Opener opener;
  private final String name;
  // Oldest first.
  private final Map<String, Half> halves = new LinkedHashMap<>();

  /** @param name the pod, for the log */
  public SpdyForward(SpdySession session, Opener opener, String name) {
    this.session = session;
    this.opener = opener;
    this.name = name;
  }

  /** Returns when the client has gone. */
  public void run() throws InterruptedException {
    try {
      while (true) {
        SpdyStream stream = session.accept(untilOldestIsLate());
        resetLate();
        if (stream != null) {
          take(stream);
        }
      }
    } catch (ClientGone e) {
      LOG.debug("{} ended: {}", name, e.getMessage());
    }
  }

  private long untilOldestIsLate() {
    return halves.isEmpty() ? Long.MAX_VALUE : halves.values().iterator().next().since() + PAIR_NANOS - System.nanoTime();
  }

  private void resetLate() {
    Iterator<Half> oldestFirst = halves.values().iterator();
    while (oldestFirst.hasNext()) {
      Half half = oldestFirst.next();
      if (System.nanoTime() - half.since() < PAIR_NANOS) {
        return;
      }
      half.stream().reset();
      oldestFirst.remove();
    }
  }

  /** Streams that wait for their other half, those included that their client has reset since. */
  int halves() {
    return halves.size();
  }

  void take(SpdyStream stream) {
    if (halves.size() >= MAX_STREAMS) {
      // Only so many can be open: the others are held by nothing but this map, and a client could fill it within the time.
      halves.values().removeIf(half -> half.stream().isOver());
    }
    String type = stream.header("streamtype");
    int port = port(stream.header("port"));
    if (type == null || !(type.equals("error") || type.equals("data")) || port == 0) {
      LOG.debug("{}: a stream without a type or port was reset", name);
      stream.reset();
      return;
    }
    String id = id(stream, type);
    Half other = halves.get(id);
    if (other == null) {
      halves.put(id, new Half(stream, type, System.nanoTime()));
    } else if (other.type().equals(type)) {
      stream.reset();
    } else {
      halves.remove(id);
      SpdyStream data = type.equals("data") ? stream : other.stream();
      SpdyStream error = type.equals("data") ? other.stream() : stream;
      start(data, error, type.equals("data") ? port : port(data.header("port")));
    }
  }

  private void start(SpdyStream data, SpdyStream error, int port) {
    new ForwardedConnection(data, error, name + " port " + port).start(() -> opener.open(port), data::reset);
  }

  /** Numbers of a client's streams grow by two. */
  private static String id(SpdyStream stream, String type) {
    String id = stream.header("requestid");
    return id != null ? id : "stream " + (type.equals("error") ? stream.id() : stream.id() - 2);
  }

  /** 0 if there is none. */
  private static int port(@Nullable String text) {
    if (text == null || !text.matches("[0-9]{1,5}")) {
      return 0;
    }
    int port = Integer.parseInt(text);
    return port <= 65_535 ? port : 0;
  }
}
