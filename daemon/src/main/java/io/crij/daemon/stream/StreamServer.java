package io.crij.daemon.stream;

import io.crij.cri.AttachRequest;
import io.crij.cri.AttachResponse;
import io.crij.cri.ExecRequest;
import io.crij.cri.ExecResponse;
import io.crij.cri.PortForwardRequest;
import io.crij.cri.PortForwardResponse;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the streams of Exec, Attach and PortForward. The three RPCs give out URLs; kubelet, or whoever has the URL, comes with
 * HTTP and upgrades its connection. The event loop moves bytes and never waits; each conversation is a virtual thread.
 */
public final class StreamServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamServer.class);

  private static final int REQUEST_LINE_BYTES = 1 << 10;
  private static final int HEADER_BYTES = 16 << 10;
  private static final int BACKLOG = 512;

  /**
   * A client whose machine is gone, or whose last bytes never fit into this side's buffers, says no farewell: its exec is to
   * end within one and a half minutes, and not after the two hours of tcp(7). The kernel asks only while nothing is under way
   * to the client: what is, it repeats for a quarter of an hour.
   */
  private static final int KEEPALIVE_IDLE_SECONDS = 30;

  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
  private static final int KEEPALIVE_PROBES = 6;
  private static final WriteBufferWaterMark UNDER_WAY = new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final StreamBackend backend;
  private final Tokens tokens;
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("stream-", 0).factory());
  private final EventLoopGroup loops;
  private final ChannelGroup connections;
  private final FirstRequestLimit firstRequests = new FirstRequestLimit();
  private final @Nullable StreamTls tls;
  private final String baseUrl;

  private StreamServer(StreamSettings settings, StreamBackend backend, Tokens tokens) throws IOException {
    this.backend = backend;
    this.tokens = tokens;
    this.tls = settings.tls();
    this.loops = new MultiThreadIoEventLoopGroup(1, Thread.ofPlatform().daemon().name("stream-io").factory(), EpollIoHandler.newFactory());
    this.connections = new DefaultChannelGroup(loops.next(), true);
    ChannelFuture bound = bootstrap(settings).bind(settings.address()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException("the streaming server cannot listen on " + settings.address() + ": " + bound.cause().getMessage(), bound.cause());
    }
    connections.add(bound.channel());
    this.baseUrl = (tls == null ? "http" : "https") + "://" + reachable((InetSocketAddress) bound.channel().localAddress());
    LOG.info("streams are served on {}", baseUrl);
  }

  /** @throws IOException with a sentence if the address cannot be listened on */
  public static StreamServer listen(StreamSettings settings, StreamBackend backend) throws IOException {
    return listen(settings, backend, new Tokens(System::nanoTime, new SecureRandom()));
  }

  static StreamServer listen(StreamSettings settings, StreamBackend backend, Tokens tokens) throws IOException {
    return new StreamServer(settings, backend, tokens);
  }

  private ServerBootstrap bootstrap(StreamSettings settings) {
    Conversations conversations = new Conversations(backend);
    return new ServerBootstrap()
        .group(loops)
        .channel(EpollServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
        .childOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS)
        .childOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNDER_WAY)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                connections.add(channel);
                if (tls != null) {
                  channel.pipeline().addLast(tls.context().newHandler(channel.alloc()));
                }
                HttpDecoderConfig limits = new HttpDecoderConfig().setMaxInitialLineLength(REQUEST_LINE_BYTES).setMaxHeaderSize(HEADER_BYTES);
                channel
                    .pipeline()
                    .addLast(
                        new IdleStateHandler(0, 0, settings.idle().toMillis(), TimeUnit.MILLISECONDS),
                        new CloseWhenIdle(),
                        firstRequests.handler(),
                        new HttpServerCodec(limits),
                        new UpgradeHandler(tokens, conversations, threads));
              }
            });
  }

  private static final class CloseWhenIdle extends ChannelDuplexHandler {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof IdleStateEvent) {
        ctx.close();
      } else {
        ctx.fireUserEventTriggered(event);
      }
    }
  }

  /** A URL needs an address that a client can go to: of all addresses of the node, its loopback. */
  private static String reachable(InetSocketAddress bound) {
    InetAddress address = bound.getAddress();
    boolean v6 = address.getAddress().length == 16;
    String host = address.isAnyLocalAddress() ? (v6 ? "::1" : "127.0.0.1") : address.getHostAddress();
    return (v6 ? "[" + host + "]" : host) + ":" + bound.getPort();
  }

  public ExecResponse exec(ExecRequest request) {
    backend.check(request);
    return ExecResponse.newBuilder().setUrl(url(new StreamRequest.Exec(request))).build();
  }

  public AttachResponse attach(AttachRequest request) {
    backend.check(request);
    return AttachResponse.newBuilder().setUrl(url(new StreamRequest.Attach(request))).build();
  }

  public PortForwardResponse portForward(PortForwardRequest request) {
    backend.check(request);
    return PortForwardResponse.newBuilder().setUrl(url(new StreamRequest.PortForward(request))).build();
  }

  /** Each connection comes with a URL, so files are looked at here, on the caller's thread, and never on the event loop. */
  private String url(StreamRequest request) {
    if (tls != null) {
      tls.refresh();
    }
    return baseUrl + "/" + request.kind() + "/" + tokens.issue(request);
  }

  /** Cuts all clients off; their execs are killed, containers go on. */
  @Override
  public void close() {
    connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
