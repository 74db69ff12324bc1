package io.crij.daemon.stream.websocket;

import io.crij.daemon.stream.wire.Outbound;
import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

/**
 * Carries the bytes of another protocol in binary messages: {@code SPDY/3.1+portforward.k8s.io}. Where a message begins or ends
 * means nothing.
 */
public final class Tunnel extends ChannelDuplexHandler {
  private static final int PONG_COST = 256;

  private final ReadThrottle throttle;

  public Tunnel(ReadThrottle throttle) {
    this.throttle = throttle;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof Piece piece)) {
      ctx.fireChannelRead(message);
      return;
    }
    switch (piece.opcode()) {
      case TEXT, BINARY, CONTINUATION -> ctx.fireChannelRead(piece.content());
      case PING -> pong(ctx, piece);
      case CLOSE -> {
        ReferenceCountUtil.release(piece);
        ctx.writeAndFlush(Frames.close(ctx.alloc(), Frames.NORMAL)).addListener(Outbound.CLOSE_LATER);
      }
      case PONG -> ReferenceCountUtil.release(piece);
    }
  }

  private void pong(ChannelHandlerContext ctx, Piece ping) {
    try {
      ByteBuf pong = Frames.start(ctx.alloc(), Opcode.PONG, ping.content().readableBytes()).writeBytes(ping.content());
      throttle.hold(PONG_COST);
      ctx.writeAndFlush(pong).addListener(sent -> throttle.release(PONG_COST));
    } finally {
      ReferenceCountUtil.release(ping);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      ctx.write(Frames.headerOnly(ctx.alloc(), Opcode.BINARY, bytes.readableBytes()), ctx.voidPromise());
      ctx.write(bytes, promise);
    } else {
      ctx.write(message, promise);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (ctx.channel().isActive()) {
      ctx.writeAndFlush(Frames.close(ctx.alloc(), Frames.NORMAL), ctx.voidPromise());
    }
    ctx.close(promise);
  }
}
