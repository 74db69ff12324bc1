package io.crij.daemon.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Holds connections that have not redeemed a token yet to a short life and a small number. Anybody on the node can open one,
 * so that when there are too many the oldest makes room, and nobody keeps others out by sitting there.
 */
final class FirstRequestLimit {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  static final int MOST = 256;

  // Oldest first. Only the event loop, of which there is one, touches it.
  private final Set<Channel> waiting = new LinkedHashSet<>();

  /** For one connection; to be removed from its pipeline with the upgrade. */
  Waiting handler() {
    return new Waiting();
  }

  /** Closes the connection when its time is over. */
  final class Waiting extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      if (waiting.size() >= MOST) {
        Channel oldest = waiting.iterator().next();
        waiting.remove(oldest);
        oldest.close();
      }
      Channel channel = ctx.channel();
      waiting.add(channel);
      ctx.executor()
          .schedule(
              () -> {
                if (waiting.contains(channel)) {
                  channel.close();
                }
              },
              PATIENCE.toMillis(),
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      waiting.remove(ctx.channel());
    }
  }
}
