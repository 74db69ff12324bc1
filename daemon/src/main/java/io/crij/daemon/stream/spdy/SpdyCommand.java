package io.crij.daemon.stream.spdy;

import io.crij.daemon.stream.session.CommandProtocol;
import io.crij.daemon.stream.session.CommandStreams;
import io.crij.daemon.stream.wire.ClientGone;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits for the streams of an exec or attach, which the client opens one by one and names by their type. */
public final class SpdyCommand {
  /** As kubelet's own server waits. */
  private static final long CREATION_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** What an exec needs, and a few for clients that open what they were not to open. */
  public static final int MAX_STREAMS = 16;

  private SpdyCommand() {}

  /**
   * Returns when all have come. Any other, and a second of its kind, is reset.
   *
   * @throws ClientGone also when they have not come in 30 seconds
   */
  public static CommandStreams accept(
      SpdySession session, boolean stdin, boolean stdout, boolean stderr, boolean tty, CommandProtocol protocol)
      throws ClientGone, InterruptedException {
    Set<String> missing = new HashSet<>(Set.of("error"));
    want(missing, stdin, "stdin");
    want(missing, stdout, "stdout");
    want(missing, stderr, "stderr");
    want(missing, tty && protocol.resizes(), "resize");
    Map<String, SpdyStream> streams = new HashMap<>();
    long end = System.nanoTime() + CREATION_NANOS;
    while (!missing.isEmpty()) {
      SpdyStream stream = session.accept(end - System.nanoTime());
      if (stream == null) {
        session.cut();
        throw new ClientGone("the client did not open " + missing + " in time");
      }
      String type = stream.header("streamtype");
      if (type != null && missing.remove(type)) {
        streams.put(type, stream);
      } else {
        stream.reset();
      }
    }
    return new CommandStreams(
        streams.get("stdin"), streams.get("stdout"), streams.get("stderr"), need(streams.get("error")), streams.get("resize"));
  }

  private static void want(Set<String> missing, boolean wanted, String type) {
    if (wanted) {
      missing.add(type);
    }
  }

  private static SpdyStream need(@Nullable SpdyStream stream) {
    if (stream == null) {
      throw new IllegalStateException("the error stream is always waited for");
    }
    return stream;
  }
}
