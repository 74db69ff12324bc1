package io.crij.daemon.stream.spdy;

import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.Inbound;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stream that the client opened. */
public final class SpdyStream implements ClientStream {
  /** A frame holds up to 16 MiB; this much is copied, and waited for, at a time. */
  private static final int FRAME_BYTES = 64 << 10;

  private final SpdySession session;
  private final int id;
  private final Map<String, String> headers;
  private final Inbound inbound;
  private final SendWindows.Window window;

  // Guarded by this.
  private boolean inputEnded;
  private boolean outputEnded;

  // Only the reader touches it.
  private int unreported;

  SpdyStream(SpdySession session, int id, Map<String, String> headers, Inbound inbound, SendWindows.Window window) {
    this.session = session;
    this.id = id;
    this.headers = headers;
    this.inbound = inbound;
    this.window = window;
  }

  /** The client's streams have odd numbers, each higher than those before. */
  public int id() {
    return id;
  }

  /** The value of a header of SYN_STREAM; names are in lower case. */
  public @Nullable String header(String name) {
    return headers.get(name.toLowerCase(Locale.ROOT));
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count = inbound.read(into);
    if (count > 0 && session.windows().enforced()) {
      unreported += count;
      if (unreported >= SendWindows.INITIAL / 2) {
        session.acknowledge(id, unreported);
        unreported = 0;
      }
    }
    return count;
  }

  @Override
  public void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      int length = session.windows().take(window, Math.min(from.remaining(), FRAME_BYTES));
      synchronized (this) {
        if (outputEnded) {
          throw new ClientGone("the stream is closed for writing");
        }
      }
      session.send(id, from.slice(from.position(), length));
      from.position(from.position() + length);
    }
  }

  @Override
  public void finish() {
    synchronized (this) {
      if (outputEnded) {
        return;
      }
      outputEnded = true;
    }
    session.finish(id);
    forgetIfEnded();
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
    synchronized (this) {
      if (inputEnded && outputEnded) {
        return;
      }
      inputEnded = true;
      outputEnded = true;
    }
    lose("the stream was reset");
    session.reset(this);
  }

  void receive(ByteBuf data, boolean last) {
    inbound.offer(data);
    if (last) {
      synchronized (this) {
        inputEnded = true;
      }
      inbound.finish();
      forgetIfEnded();
    }
  }

  /** The client has reset the stream, or there is no client any more. */
  void lose(String why) {
    synchronized (this) {
      inputEnded = true;
      outputEnded = true;
    }
    inbound.lose(why);
    session.windows().close(window);
  }

  /** Whether both directions have ended. */
  synchronized boolean isOver() {
    return inputEnded && outputEnded;
  }

  SendWindows.Window window() {
    return window;
  }

  private void forgetIfEnded() {
    if (isOver()) {
      session.forget(this);
    }
  }
}
