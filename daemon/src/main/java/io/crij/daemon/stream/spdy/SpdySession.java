package io.crij.daemon.stream.spdy;

import io.crij.daemon.stream.wire.Arrivals;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientSession;
import io.crij.daemon.stream.wire.Inbound;
import io.crij.daemon.stream.wire.Outbound;
import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of one SPDY/3.1 session (chromium.org, SPDY Protocol Draft 3.1): the client opens streams, which {@link
 * #accept} hands out. Netty's own session handler is not used, because it holds flow control against clients that know none.
 */
public final class SpdySession extends ClientSession {
  private static final Logger LOG = LoggerFactory.getLogger(SpdySession.class);

  private static final int CHUNK_BYTES = 16 << 10;

  /** Of the names and values of one frame. Netty inflates at most 16 times as much before it gives up. */
  private static final int HEADER_BYTES = 4 << 10;

  private final int maxStreams;
  private final ReadThrottle throttle;
  private final SendWindows windows = new SendWindows();
  private final Arrivals<SpdyStream> arrivals = new Arrivals<>();
  private final Map<Integer, SpdyStream> open = new ConcurrentHashMap<>();

  // Only the event loop touches these.
  private int lastId;
  private boolean goingAway;

  /**
   * @param throttle of the channel, shared with whatever else holds something for its client
   * @param maxStreams how many may be open at one time; one more is refused
   */
  public SpdySession(Channel channel, ReadThrottle throttle, int maxStreams) {
    super(channel, throttle);
    this.maxStreams = maxStreams;
    this.throttle = throttle;
  }

  /** The handler between bytes and this session's frames. */
  public static SpdyFrameCodec codec() {
    return new SpdyFrameCodec(SpdyVersion.SPDY_3_1, CHUNK_BYTES, HEADER_BYTES, 6, 15, 8, true);
  }

  /**
   * Waits for the client to open a stream. It is already answered.
   *
   * @return null when {@code nanos} are over
   */
  public @Nullable SpdyStream accept(long nanos) throws ClientGone, InterruptedException {
    return arrivals.next(nanos);
  }

  /** No GOAWAY: a client that sees one stops reading, before it has given its user the bytes that came before. */
  @Override
  public void end() {
    for (SpdyStream stream : open.values()) {
      stream.finish();
      stream.lose("the session is over");
    }
    open.clear();
    channel.eventLoop().execute(() -> goingAway = true);
    cutLater();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      switch (message) {
        case SpdyDataFrame frame -> data(frame);
        case SpdySynStreamFrame frame -> synStream(frame);
        case SpdyRstStreamFrame frame -> rst(frame);
        case SpdyPingFrame frame -> ping(frame);
        case SpdyWindowUpdateFrame frame -> windowUpdate(frame);
        case SpdySettingsFrame frame -> settings(frame);
        case SpdyGoAwayFrame frame -> goingAway = true;
        // SYN_REPLY, as this side opens no stream; HEADERS, as no protocol of Kubernetes has any.
        default -> LOG.trace("ignored {}", message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void synStream(SpdySynStreamFrame frame) {
    int id = frame.streamId();
    if (frame.isTruncated()) {
      fail("the headers of a stream exceed " + HEADER_BYTES + " bytes");
    } else if (id % 2 == 0 || id <= lastId) {
      fail("stream " + id + " was opened after stream " + lastId);
    } else if (goingAway) {
      lastId = id;
    } else if (frame.isInvalid()) {
      lastId = id;
      outbound.answer(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.PROTOCOL_ERROR));
    } else if (open.size() >= maxStreams || arrivals.waiting() >= maxStreams) {
      // A stream that the client has reset is open no more, but is kept with its headers until somebody takes it.
      lastId = id;
      outbound.answer(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.REFUSED_STREAM));
    } else {
      lastId = id;
      SpdyStream stream = new SpdyStream(this, id, headers(frame.headers()), new Inbound(throttle), windows.open());
      open.put(id, stream);
      // Clients wait for the answer before they open the next, and drop data that comes before it.
      outbound.answer(reply(id));
      if (frame.isLast()) {
        stream.receive(channel.alloc().buffer(0), true);
      }
      arrivals.add(stream);
    }
  }

  /** With a header, for Netty writes no block at all for none, and Go's reader waits for one. */
  private static SpdySynReplyFrame reply(int id) {
    SpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    return reply;
  }

  private static Map<String, String> headers(SpdyHeaders headers) {
    Map<String, String> plain = new HashMap<>();
    for (Map.Entry<CharSequence, CharSequence> header : headers) {
      plain.putIfAbsent(header.getKey().toString().toLowerCase(Locale.ROOT), header.getValue().toString());
    }
    return plain;
  }

  private void data(SpdyDataFrame frame) {
    SpdyStream stream = open.get(frame.streamId());
    if (stream != null) {
      // Netty's frame is a slice of all that the socket brought, and one unread slice would keep the whole.
      stream.receive(frame.content().copy(), frame.isLast());
    } else if (frame.streamId() > lastId) {
      fail("data came for stream " + frame.streamId() + ", which was never opened");
    }
    // Data for a stream that has ended was under way when it did.
  }

  private void rst(SpdyRstStreamFrame frame) {
    SpdyStream stream = open.remove(frame.streamId());
    if (stream != null) {
      stream.lose("the client reset the stream");
    }
  }

  /** The client's pings have odd numbers; even ones would be answers to ours, and there are none. */
  private void ping(SpdyPingFrame frame) {
    if (frame.id() % 2 != 0) {
      outbound.answer(new DefaultSpdyPingFrame(frame.id()));
    }
  }

  private void windowUpdate(SpdyWindowUpdateFrame frame) {
    SpdyStream stream = frame.streamId() == 0 ? null : open.get(frame.streamId());
    if (frame.streamId() != 0 && stream == null) {
      return;
    }
    if (!windows.grant(stream == null ? null : stream.window(), frame.deltaWindowSize())) {
      fail("a flow control window exceeds 2^31-1 bytes");
    }
  }

  private void settings(SpdySettingsFrame frame) {
    int window = frame.getValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE);
    if (window >= 0) {
      List<SendWindows.Window> all = open.values().stream().map(SpdyStream::window).toList();
      windows.initial(window, all);
    }
  }

  @Override
  protected void fail(String why) {
    LOG.debug("SPDY session ended: {}", why);
    goingAway = true;
    lose("the client broke the protocol: " + why);
    channel
        .writeAndFlush(new DefaultSpdyGoAwayFrame(lastId, SpdySessionStatus.PROTOCOL_ERROR))
        .addListener(Outbound.CLOSE_LATER);
  }

  @Override
  protected void loseStreams(String why) {
    arrivals.lose(why);
    windows.lose(why);
    for (SpdyStream stream : open.values()) {
      stream.lose(why);
    }
    open.clear();
  }

  SendWindows windows() {
    return windows;
  }

  void send(int id, ByteBuffer bytes) throws ClientGone {
    ByteBuf copy = channel.alloc().buffer(bytes.remaining());
    copy.writeBytes(bytes);
    outbound.send(new DefaultSpdyDataFrame(id, copy));
  }

  void finish(int id) {
    DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(id);
    last.setLast(true);
    outbound.answer(last);
  }

  void reset(SpdyStream stream) {
    forget(stream);
    outbound.answer(new DefaultSpdyRstStreamFrame(stream.id(), SpdyStreamStatus.CANCEL));
  }

  void forget(SpdyStream stream) {
    open.remove(stream.id(), stream);
  }

  /** Tells a client that keeps windows what has been read. */
  void acknowledge(int id, int bytes) {
    outbound.answer(new DefaultSpdyWindowUpdateFrame(id, bytes));
    outbound.answer(new DefaultSpdyWindowUpdateFrame(0, bytes));
  }
}
