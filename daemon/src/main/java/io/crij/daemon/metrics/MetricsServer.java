package io.crij.daemon.metrics;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET on a few paths, one request on each connection. Numbers are looked up on a thread of their own, for one client at a
 * time: whoever comes meanwhile is told to come again.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final int CONNECTIONS = 32;
  private static final int REQUEST_BYTES = 4096;

  /** For a whole conversation: one that sends a byte now and then, or reads none, must not keep its place from Prometheus. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EventLoopGroup loops;
  private final ChannelGroup connections;
  private final Map<String, Supplier<String>> pages;
  private final Duration patience;
  private final Semaphore turn = new Semaphore(1);
  private final InetSocketAddress address;

  private MetricsServer(InetSocketAddress wanted, Map<String, Supplier<String>> pages, Duration patience) throws IOException {
    this.pages = Map.copyOf(pages);
    this.patience = patience;
    this.loops = new MultiThreadIoEventLoopGroup(1, Thread.ofPlatform().daemon().name("metrics-io").factory(), EpollIoHandler.newFactory());
    this.connections = new DefaultChannelGroup(loops.next(), true);
    ChannelFuture bound = bootstrap().bind(wanted).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException("metrics.address: " + wanted + " cannot be listened on: " + bound.cause().getMessage(), bound.cause());
    }
    connections.add(bound.channel());
    this.address = (InetSocketAddress) bound.channel().localAddress();
    LOG.info("metrics are served on {}, port {}", address.getAddress().getHostAddress(), address.getPort());
  }

  /**
   * Listens.
   *
   * @param pages by path; each makes its text anew
   * @throws IOException with a sentence if the address cannot be listened on
   */
  public static MetricsServer listen(InetSocketAddress address, Map<String, Supplier<String>> pages) throws IOException {
    return listen(address, pages, PATIENCE);
  }

  static MetricsServer listen(InetSocketAddress address, Map<String, Supplier<String>> pages, Duration patience) throws IOException {
    return new MetricsServer(address, pages, patience);
  }

  InetSocketAddress address() {
    return address;
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
        .group(loops)
        .channel(EpollServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                if (connections.size() > CONNECTIONS) {
                  channel.close();
                  return;
                }
                connections.add(channel);
                Future<?> end = channel.eventLoop().schedule(() -> channel.close(), patience.toMillis(), TimeUnit.MILLISECONDS);
                channel.closeFuture().addListener(closed -> end.cancel(false));
                channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(REQUEST_BYTES), new Answers());
              }
            });
  }

  private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    private boolean asked;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      if (asked) {
        return; // each would have a page in memory until its client reads
      }
      asked = true;
      ctx.channel().config().setAutoRead(false);
      String path = request.uri().split("\\?", 2)[0];
      Supplier<String> page = pages.get(path);
      if (!request.decoderResult().isSuccess()) {
        answer(ctx, HttpResponseStatus.BAD_REQUEST, "This is no HTTP.\n");
      } else if (page == null) {
        answer(ctx, HttpResponseStatus.NOT_FOUND, "There is " + String.join(" and ", pages.keySet().stream().sorted().toList()) + ".\n");
      } else if (!request.method().equals(HttpMethod.GET)) {
        answer(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "GET is all there is.\n");
      } else if (!turn.tryAcquire()) {
        answer(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, "Another client is being answered; come again.\n");
      } else {
        Thread.ofVirtual().name("metrics").start(() -> look(ctx, page));
      }
    }

    private void look(ChannelHandlerContext ctx, Supplier<String> page) {
      try {
        answer(ctx, HttpResponseStatus.OK, page.get());
      } catch (RuntimeException e) {
        LOG.error("The metrics could not be put together", e);
        answer(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, "The daemon's log has the details.\n");
      } finally {
        turn.release();
      }
    }

    private void answer(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, TEXT).set(HttpHeaderNames.CONTENT_LENGTH, bytes.length).set(HttpHeaderNames.CONNECTION, "close");
      ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // a client that is slow, gone or no HTTP client; Prometheus counts failed scrapes itself
    }
  }

  @Override
  public void close() {
    connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
