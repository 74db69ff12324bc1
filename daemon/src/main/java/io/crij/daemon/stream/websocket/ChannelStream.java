package io.crij.daemon.stream.websocket;

import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.Inbound;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One channel of a WebSocket. The protocol has no word for the end of what the server sends but the end of all. */
final class ChannelStream implements ClientStream {
  /** Clients read a message at a time, some of them into 32 KiB. */
  private static final int MESSAGE_BYTES = 32 << 10;

  private final ChannelSession session;
  private final int number;
  private final Inbound inbound;
  private volatile boolean outputEnded;

  ChannelStream(ChannelSession session, int number, Inbound inbound) {
    this.session = session;
    this.number = number;
    this.inbound = inbound;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return inbound.read(into);
  }

  @Override
  public void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      if (outputEnded) {
        throw new ClientGone("the channel is closed for writing");
      }
      int length = Math.min(from.remaining(), MESSAGE_BYTES);
      session.send(number, from.slice(from.position(), length));
      from.position(from.position() + length);
    }
  }

  @Override
  public void finish() {
    outputEnded = true;
  }

  @Override
  public void ignoreInput() {
    inbound.ignore();
  }

  @Override
  public void whenLost(Runnable action) {
    inbound.whenLost(action);
  }

  @Override
  public void reset() {
    outputEnded = true;
    inbound.lose("the channel was reset");
  }

  Inbound inbound() {
    return inbound;
  }
}
