package io.crij.daemon.stream.websocket;

import io.crij.daemon.stream.session.ForwardedConnection;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.helper.ForwardedPort;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Port-forward over the channels of a WebSocket: the request's n-th port has channel 2n for data and 2n+1 for errors, both of
 * which begin with the port as two bytes, the low one first. One connection to each port, for as long as the WebSocket lasts.
 */
public final class ChannelForward {
  /** Channels are numbered by a byte, and 255 is none. */
  public static final int MAX_PORTS = 127;

  /** Connects to a port of the pod. */
  @FunctionalInterface
  public interface Opener {
    ForwardedPort open(int port);
  }

  private static final Logger LOG = LoggerFactory.getLogger("io.crij.stream");

  private ChannelForward() {}

  /** Returns when all connections have ended, or the client has gone. */
  public static void run(ChannelSession session, List<Integer> ports, Opener opener, String name) throws InterruptedException {
    List<Thread> connections = new ArrayList<>();
    try {
      for (int i = 0; i < ports.size(); i++) {
        ByteBuffer port = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(ports.get(i).shortValue()).flip();
        session.send(2 * i, port.duplicate());
        session.send(2 * i + 1, port);
      }
    } catch (ClientGone e) {
      LOG.debug("{} ended: {}", name, e.getMessage());
      return;
    }
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i);
      ForwardedConnection connection = new ForwardedConnection(session.stream(2 * i), session.stream(2 * i + 1), name + " port " + port);
      connections.add(connection.start(() -> opener.open(port), session::cut));
    }
    for (Thread connection : connections) {
      connection.join();
    }
    session.end();
  }
}
