package io.crij.daemon.rpc;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sits on the listening socket and closes a connection whose process is neither root nor of an allowed group. The socket's
 * mode says the same; this also holds when somebody changes the mode, or passes on an open folder.
 */
@ChannelHandler.Sharable
final class PeerGate extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(PeerGate.class);

  private final Set<Integer> gids;

  PeerGate(Set<Integer> gids) {
    this.gids = Set.copyOf(gids);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    if (accepted instanceof EpollDomainSocketChannel connection && !mayUse(connection)) {
      connection.unsafe().closeForcibly();
      return;
    }
    context.fireChannelRead(accepted);
  }

  boolean allows(int uid, int[] peerGids) {
    if (uid == 0) {
      return true;
    }
    for (int gid : peerGids) {
      if (gids.contains(gid)) {
        return true;
      }
    }
    return false;
  }

  private boolean mayUse(EpollDomainSocketChannel connection) {
    try {
      PeerCredentials peer = connection.peerCredentials();
      if (allows(peer.uid(), peer.gids())) {
        return true;
      }
      LOG.warn("refused a connection of pid {} uid {}: only root and socket_gids may use the socket", peer.pid(), peer.uid());
    } catch (IOException e) {
      LOG.warn("refused a connection whose process cannot be told: {}", e.toString());
    }
    return false;
  }
}
