package io.crij.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A client of the streaming server over SPDY, on a plain socket. Each step can be made wrong. */
final class SpdyClient implements Closeable {
  private static final int PATIENCE_MILLIS = 20_000;

  final Socket socket;
  private final EmbeddedChannel encoder = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false));
  private final EmbeddedChannel decoder = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false));
  private final Map<Integer, ByteArrayOutputStream> received = new HashMap<>();
  private final List<Integer> finished = new ArrayList<>();
  final List<Integer> reset = new ArrayList<>();
  final List<Integer> replied = new ArrayList<>();
  final List<Integer> pings = new ArrayList<>();
  final List<String> windowUpdates = new ArrayList<>();
  boolean goAway;
  boolean ended;
  private int lastId = -1;
  final String response;

  /** Connects and upgrades; {@link #response} is the head of what the server answered. */
  SpdyClient(String url, String... protocols) throws IOException {
    URI uri = URI.create(url);
    socket = new Socket(uri.getHost(), uri.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    StringBuilder request = new StringBuilder("POST " + uri.getPath() + " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n");
    for (String protocol : protocols) {
      request.append("X-Stream-Protocol-Version: ").append(protocol).append("\r\n");
    }
    raw(request.append("Content-Length: 0\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    response = head(socket.getInputStream());
  }

  static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Opens a stream without waiting for the answer. */
  int open(String... namesAndValues) throws IOException {
    lastId += 2;
    DefaultSpdySynStreamFrame syn = new DefaultSpdySynStreamFrame(lastId, 0, (byte) 0);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      syn.headers().set(namesAndValues[i], namesAndValues[i + 1]);
    }
    send(syn);
    return lastId;
  }

  void data(int stream, byte[] bytes, boolean last) throws IOException {
    DefaultSpdyDataFrame frame = new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(bytes));
    frame.setLast(last);
    send(frame);
  }

  void send(Object frame) throws IOException {
    encoder.writeOutbound(frame);
    for (ByteBuf bytes = encoder.readOutbound(); bytes != null; bytes = encoder.readOutbound()) {
      byte[] plain = ByteBufUtil.getBytes(bytes);
      bytes.release();
      raw(plain);
    }
  }

  void raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Reads until the condition is met or the server closes. */
  void until(BooleanSupplier condition) throws IOException {
    byte[] buffer = new byte[32 << 10];
    while (!ended && !condition.getAsBoolean()) {
      int count;
      try {
        count = socket.getInputStream().read(buffer);
      } catch (SocketException e) {
        count = -1;
      }
      if (count < 0) {
        ended = true;
        return;
      }
      decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, count));
      for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
        take(frame);
      }
    }
  }

  private void take(Object frame) {
    switch (frame) {
      case SpdyDataFrame data -> {
        received.computeIfAbsent(data.streamId(), id -> new ByteArrayOutputStream()).writeBytes(ByteBufUtil.getBytes(data.content()));
        if (data.isLast()) {
          finished.add(data.streamId());
        }
        data.release();
      }
      case SpdySynReplyFrame reply -> replied.add(reply.streamId());
      case SpdyRstStreamFrame rst -> reset.add(rst.streamId());
      case SpdyPingFrame ping -> pings.add(ping.id());
      case SpdyWindowUpdateFrame update -> windowUpdates.add(update.streamId() + "+" + update.deltaWindowSize());
      case SpdyGoAwayFrame away -> goAway = true;
      default -> throw new AssertionError("the server sent " + frame);
    }
  }

  String text(int stream) {
    return new String(bytes(stream), StandardCharsets.UTF_8);
  }

  byte[] bytes(int stream) {
    ByteArrayOutputStream got = received.get(stream);
    return got == null ? new byte[0] : got.toByteArray();
  }

  /** All that the stream brought, once it has ended. */
  String whole(int stream) throws IOException {
    until(() -> finished.contains(stream));
    return text(stream);
  }

  boolean isFinished(int stream) {
    return finished.contains(stream);
  }

  @Override
  public void close() throws IOException {
    socket.close();
    encoder.finishAndReleaseAll();
    decoder.finishAndReleaseAll();
  }
}
