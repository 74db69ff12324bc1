package io.crij.daemon.rpc;

import io.crij.daemon.host.StartException;
import io.crij.daemon.trace.Traces;
import io.grpc.DecompressorRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The CRI socket: both services on one unix socket, each call on a virtual thread of its own. */
public final class CriServer implements AutoCloseable {
  /** As kubelet's own bound for answers. */
  private static final int MESSAGE_BYTES = 16 << 20;
  /** Of the daemon's heap of 256 MiB; a request takes several times its length while it is served. */
  private static final long REQUESTS_BYTES = 32L << 20;

  private final Path socket;
  private final Object socketKey;
  private final Server server;
  private final EventLoopGroup loops;
  private final ExecutorService handlers;

  private CriServer(Path socket, Object socketKey, Server server, EventLoopGroup loops, ExecutorService handlers) {
    this.socket = socket;
    this.socketKey = socketKey;
    this.server = server;
    this.loops = loops;
    this.handlers = handlers;
  }

  /**
   * Listens. The parent folder is made if missing. Nobody but root can connect before the mode is set: a socket is made
   * without group write.
   *
   * @param gids groups, besides uid 0, whose processes may use the socket
   * @param calls sees each call
   */
  public static CriServer listen(
      Path socket, List<Integer> gids, RuntimeOperations runtime, ImageOperations images, NodeReports reports, Calls calls)
      throws StartException {
    return listen(socket, gids, runtime, images, reports, calls, null);
  }

  /** @param traces null for none */
  public static CriServer listen(
      Path socket,
      List<Integer> gids,
      RuntimeOperations runtime,
      ImageOperations images,
      NodeReports reports,
      Calls calls,
      @Nullable Traces traces)
      throws StartException {
    ServerInterceptor watch = traces == null ? calls : new TracedCalls(traces, calls);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, Thread.ofPlatform().daemon().name("cri-io").factory(), EpollIoHandler.newFactory());
    ExecutorService handlers = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("cri-", 0).factory());
    PeerGate gate = new PeerGate(Set.copyOf(gids));
    RequestBudget budget = new RequestBudget(REQUESTS_BYTES);
    try {
      makeRoom(socket);
      Server server =
          NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()), InsecureServerCredentials.create())
              .channelFactory(
                  () -> {
                    EpollServerDomainSocketChannel channel = new EpollServerDomainSocketChannel();
                    channel.pipeline().addLast(gate);
                    return channel;
                  })
              .bossEventLoopGroup(loops)
              .workerEventLoopGroup(loops)
              .executor(handlers)
              .maxInboundMessageSize(MESSAGE_BYTES)
              .addStreamTracerFactory(budget)
              // Bytes are counted as they come, and a thousandth of them may be sixteen megabytes packed. No client of the CRI packs.
              .decompressorRegistry(DecompressorRegistry.emptyInstance())
              // Clients that ping an idle connection are no threat on a node's own socket.
              .permitKeepAliveTime(1, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true)
              .addService(RequestWeight.before(new RuntimeEndpoint(runtime), budget, watch))
              .addService(RequestWeight.before(new ImageEndpoint(images), budget, watch))
              .addService(RequestWeight.before(new AdminEndpoint(images), budget, watch))
              .addService(RequestWeight.before(new NodeEndpoint(reports), budget, watch))
              .build()
              .start();
      admit(socket, gids);
      return new CriServer(socket, key(socket), server, loops, handlers);
    } catch (IOException e) {
      handlers.close();
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new StartException("the socket " + socket + " cannot be opened: " + e, e);
    }
  }

  /** Removes a socket that nobody answers on, and nothing else. */
  private static void makeRoom(Path socket) throws IOException, StartException {
    Path parent = socket.getParent();
    if (parent != null && !Files.exists(parent)) {
      Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
    }
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean isSocket = Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther();
    if (!isSocket) {
      throw new StartException(socket + " exists and is not a socket: remove it, or choose another path for the socket.");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException nobodyAnswers) {
      Files.delete(socket);
      return;
    }
    throw new StartException("another process answers on " + socket + ": stop it, or choose another path for the socket.");
  }

  /** With one group the socket belongs to it; of several, no one can own it, and the peer check alone decides. */
  private static void admit(Path socket, List<Integer> gids) throws IOException {
    if (gids.size() == 1) {
      Files.setAttribute(socket, "unix:gid", gids.getFirst());
    }
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString(gids.size() > 1 ? "rw-rw-rw-" : "rw-rw----"));
  }

  private static Object key(Path socket) throws IOException {
    return Files.getAttribute(socket, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  /** Takes no more calls, waits for those in flight at most {@code patience}, then cuts them off. */
  public void stop(Duration patience) throws InterruptedException {
    unlink();
    server.shutdown();
    if (!server.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
      handlers.shutdownNow();
      server.awaitTermination(1, TimeUnit.SECONDS);
    }
    handlers.shutdown();
    handlers.awaitTermination(1, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Not when another daemon has put its own socket there. */
  private void unlink() {
    try {
      if (key(socket).equals(socketKey)) {
        Files.deleteIfExists(socket);
      }
    } catch (IOException alreadyGone) {
      return;
    }
  }

  @Override
  public void close() {
    try {
      stop(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
