package io.crij.daemon.stream.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What all protocols of the streaming server have in common: the last handler of a connection, which knows how one ends. */
public abstract class ClientSession extends ChannelInboundHandlerAdapter implements Connection {
  private static final long LINGER_SECONDS = 10;

  protected final Channel channel;
  protected final Outbound outbound;

  /** @param throttle of the channel */
  protected ClientSession(Channel channel, ReadThrottle throttle) {
    this.channel = channel;
    this.outbound = new Outbound(channel, throttle);
  }

  /** Tells all streams that there is no client any more. */
  protected abstract void loseStreams(String why);

  /** Ends the connection for an error of the client's, which is told as the protocol has it. */
  protected abstract void fail(String why);

  @Override
  public final boolean isOpen() {
    return channel.isActive();
  }

  @Override
  public final void whenClosed(Runnable action) {
    channel.closeFuture().addListener(closed -> Thread.ofVirtual().name("stream-closed").start(action));
  }

  @Override
  public final void cut() {
    channel.close();
  }

  /** Closes the connection if the client does not do so within seconds. */
  protected final void cutLater() {
    Future<?> cut = channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> cut.cancel(false));
  }

  /** Streams are lost, and who waits for the client waits no more. */
  protected final void lose(String why) {
    loseStreams(why);
    outbound.changed();
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    lose("the client closed its connection");
    ctx.fireChannelInactive();
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    outbound.changed();
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (channel.isActive() && !(cause instanceof IOException)) {
      fail(String.valueOf(cause.getMessage()));
    } else {
      channel.close();
    }
  }
}
