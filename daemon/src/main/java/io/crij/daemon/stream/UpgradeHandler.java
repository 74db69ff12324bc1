package io.crij.daemon.stream;

import io.crij.daemon.stream.session.CommandProtocol;
import io.crij.daemon.stream.spdy.SpdyCommand;
import io.crij.daemon.stream.spdy.SpdyForward;
import io.crij.daemon.stream.spdy.SpdySession;
import io.crij.daemon.stream.websocket.ChannelSession;
import io.crij.daemon.stream.websocket.FrameDecoder;
import io.crij.daemon.stream.websocket.Handshake;
import io.crij.daemon.stream.websocket.Tunnel;
import io.crij.daemon.stream.wire.Connection;
import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one HTTP request of a connection: its token is redeemed, the connection upgraded, and a conversation begun. */
final class UpgradeHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(UpgradeHandler.class);

  private static final Pattern PATH = Pattern.compile("/([a-z]{1,16})/([A-Za-z0-9_-]{22})(?:\\?.*)?");

  private static final long LINGER_MILLIS = 500;

  private final Tokens tokens;
  private final Conversations conversations;
  private final Executor threads;
  private @Nullable HttpRequest http;
  private boolean refused;

  UpgradeHandler(Tokens tokens, Conversations conversations, Executor threads) {
    this.tokens = tokens;
    this.conversations = conversations;
    this.threads = threads;
  }

  /** A conversation's whole life; it ends when this returns. */
  @FunctionalInterface
  private interface Conversation {
    void run() throws InterruptedException;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (refused) {
        return;
      }
      if (message instanceof HttpRequest request) {
        http = request;
      }
      HttpRequest request = http;
      if (request == null) {
        return;
      }
      if (request.decoderResult().isFailure() || message instanceof HttpContent content && content.decoderResult().isFailure()) {
        refuse(ctx, HttpResponseStatus.BAD_REQUEST, "this is no HTTP request", List.of());
      } else if (message instanceof HttpContent content && content.content().isReadable()) {
        refuse(ctx, HttpResponseStatus.BAD_REQUEST, "the request has a body, and none is expected", List.of());
      } else if (message instanceof LastHttpContent) {
        answer(ctx, request);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest request) {
    http = null;
    Matcher path = PATH.matcher(request.uri());
    Optional<StreamRequest> found = path.matches() ? tokens.redeem(path.group(2)).filter(waiting -> waiting.kind().equals(path.group(1))) : Optional.empty();
    if (found.isEmpty()) {
      refuse(ctx, HttpResponseStatus.NOT_FOUND, "nothing waits at this URL: it can be used once, within " + Tokens.LIFE.toSeconds() + " s", List.of());
      return;
    }
    StreamRequest stream = found.get();
    switch (Upgrade.of(request, stream)) {
      case Upgrade.Refused refused -> refuse(ctx, refused.status(), refused.why(), refused.accepted());
      case Upgrade.Spdy spdy -> spdy(ctx, stream, spdy.protocol());
      case Upgrade.Channels channels -> channels(ctx, stream, channels);
      case Upgrade.TunnelledSpdy tunnel -> tunnel(ctx, stream, tunnel.key());
    }
  }

  private void spdy(ChannelHandlerContext ctx, StreamRequest stream, String protocol) {
    FullHttpResponse response = switching(Upgrade.SPDY);
    response.headers().set(Upgrade.VERSION_HEADER, protocol);
    boolean forward = stream instanceof StreamRequest.PortForward;
    ReadThrottle throttle = new ReadThrottle(ctx.channel());
    SpdySession session = new SpdySession(ctx.channel(), throttle, forward ? SpdyForward.MAX_STREAMS : SpdyCommand.MAX_STREAMS);
    ctx.pipeline().addLast(throttle, SpdySession.codec(), session);
    begin(ctx, response, session, () -> talk(session, stream, protocol));
  }

  private void talk(SpdySession session, StreamRequest stream, String protocol) throws InterruptedException {
    if (stream instanceof StreamRequest.PortForward forward) {
      conversations.forward(session, forward.request());
    } else {
      conversations.command(session, stream, CommandProtocol.named(protocol).orElseThrow());
    }
  }

  private void channels(ChannelHandlerContext ctx, StreamRequest stream, Upgrade.Channels upgrade) {
    FullHttpResponse response = webSocket(upgrade.key(), upgrade.encoding().name());
    int count = stream instanceof StreamRequest.PortForward forward ? 2 * forward.request().getPortCount() : ChannelSession.COMMAND_CHANNELS;
    ReadThrottle throttle = new ReadThrottle(ctx.channel());
    ChannelSession session = new ChannelSession(ctx.channel(), upgrade.encoding(), throttle, count);
    ctx.pipeline().addLast(throttle, new FrameDecoder(), session);
    begin(
        ctx,
        response,
        session,
        () -> {
          if (stream instanceof StreamRequest.PortForward forward) {
            conversations.forward(session, forward.request());
          } else {
            conversations.command(session, stream, upgrade.encoding().protocol());
          }
        });
  }

  private void tunnel(ChannelHandlerContext ctx, StreamRequest stream, String key) {
    ReadThrottle throttle = new ReadThrottle(ctx.channel());
    SpdySession session = new SpdySession(ctx.channel(), throttle, SpdyForward.MAX_STREAMS);
    ctx.pipeline().addLast(throttle, new FrameDecoder(), new Tunnel(throttle), SpdySession.codec(), session);
    begin(ctx, webSocket(key, Upgrade.TUNNEL), session, () -> talk(session, stream, SpdyForward.PROTOCOL));
  }

  /** The answer goes out as HTTP; what comes behind the request already belongs to the handlers behind this one. */
  private void begin(ChannelHandlerContext ctx, FullHttpResponse response, Connection connection, Conversation conversation) {
    ChannelPipeline pipeline = ctx.pipeline();
    ctx.writeAndFlush(response);
    pipeline.remove(FirstRequestLimit.Waiting.class);
    pipeline.remove(this);
    pipeline.remove(HttpServerCodec.class);
    threads.execute(
        () -> {
          try {
            conversation.run();
          } catch (InterruptedException e) {
            connection.cut();
          } catch (RuntimeException e) {
            LOG.error("a stream failed", e);
            connection.cut();
          }
        });
  }

  private static FullHttpResponse switching(String protocol) {
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONNECTION, "Upgrade").set(HttpHeaderNames.UPGRADE, protocol);
    return response;
  }

  private static FullHttpResponse webSocket(String key, String subprotocol) {
    FullHttpResponse response = switching("websocket");
    response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, Handshake.accept(key));
    if (!subprotocol.isEmpty()) {
      response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    return response;
  }

  private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String why, List<String> accepted) {
    LOG.debug("a request for a stream was refused with {}: {}", status, why);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, ByteBufUtil.writeUtf8(ctx.alloc(), why + "\n"));
    response.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    accepted.forEach(protocol -> response.headers().add(Upgrade.ACCEPTED_HEADER, protocol));
    http = null;
    refused = true;
    // A socket that is closed with bytes unread is reset, and a reset can overtake the answer.
    ctx.writeAndFlush(response)
        .addListener(sent -> ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a connection ended before its upgrade: {}", cause.toString());
    ctx.close();
  }
}
