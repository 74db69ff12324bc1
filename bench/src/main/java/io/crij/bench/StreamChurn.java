package io.crij.bench;

import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.RuntimeServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Exec and attach calls whose commands are wrong and whose clients leave at every step: {@code StreamChurn SOCKET CONTAINER CALLS}.
 * The container has a terminal and its stdin open. What is left behind is for the caller to look at.
 */
public final class StreamChurn {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int STAYS = -1;

  private final RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime;
  private final String container;

  private StreamChurn(RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime, String container) {
    this.runtime = runtime;
    this.container = container;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 3) {
      System.err.println("usage: StreamChurn SOCKET CONTAINER CALLS");
      System.exit(2);
    }
    int calls = Integer.parseInt(args[2]);
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(args[0]))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    try {
      StreamChurn churn = new StreamChurn(RuntimeServiceGrpc.newBlockingStub(channel), args[1]);
      for (int i = 0; i < calls; i++) {
        churn.call(i);
      }
      System.out.printf("%d calls%n", calls);
    } finally {
      channel.shutdownNow();
      var unused = loops.shutdownGracefully();
    }
  }

  private void call(int number) throws IOException, InterruptedException {
    // Before the program runs, while it starts, and when it surely runs.
    int patience = List.of(0, 3, 25).get(number / 10 % 3);
    switch (number % 10) {
      case 0 -> spdy(exec(false, "/no/such/program"), STAYS, "error", "stdin", "stdout");
      case 1 -> spdy(exec(true, "/no/such/program"), patience, "error", "stdin", "stdout", "resize");
      case 2 -> spdy(exec(false, "sleep", "100000"), patience, "error", "stdin", "stdout");
      case 3 -> spdy(exec(true, "sleep", "100000"), patience, "error", "stdin", "stdout", "resize");
      case 4 -> spdy(exec(false, "yes"), patience, "error", "stdin", "stdout");
      case 5 -> spdy(exec(false, "true"), STAYS, "error", "stdin", "stdout");
      case 6 -> spdy(exec(false, "true"), patience, "error");
      case 7 -> garbage(exec(false, "true"), number);
      case 8 -> spdy(attach(), patience, "error", "stdin", "stdout", "resize");
      default -> webSocket(exec(false, "sleep", "100000"));
    }
  }

  private String exec(boolean tty, String... command) {
    return runtime
        .exec(
            ExecRequest.newBuilder().setContainerId(container).addAllCmd(List.of(command)).setStdin(true).setStdout(true).setTty(tty).build())
        .getUrl();
  }

  private String attach() {
    return runtime
        .attach(AttachRequest.newBuilder().setContainerId(container).setStdin(true).setStdout(true).setTty(true).build())
        .getUrl();
  }

  /** Opens the streams and stays to the end, or leaves after so many milliseconds. */
  private static void spdy(String url, int patience, String... streams) throws IOException, InterruptedException {
    try (Socket socket = upgraded(url, "POST", "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n")) {
      EmbeddedChannel codec = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false));
      for (int i = 0; i < streams.length; i++) {
        DefaultSpdySynStreamFrame open = new DefaultSpdySynStreamFrame(1 + 2 * i, 0, (byte) 0);
        open.headers().set("streamtype", streams[i]);
        codec.writeOutbound(open);
      }
      codec.writeOutbound(new DefaultSpdyDataFrame(3, Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII)).setLast(patience == STAYS));
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
        all.writeBytes(ByteBufUtil.getBytes(bytes));
        bytes.release();
      }
      codec.finishAndReleaseAll();
      socket.getOutputStream().write(all.toByteArray());
      if (patience == STAYS) {
        until(socket, "\"status\":");
      } else {
        Thread.sleep(patience);
      }
    }
  }

  private static void garbage(String url, int seed) throws IOException {
    try (Socket socket = upgraded(url, "POST", "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n")) {
      byte[] bytes = new byte[2_000];
      new Random(seed).nextBytes(bytes);
      socket.getOutputStream().write(bytes);
    }
  }

  private static void webSocket(String url) throws IOException {
    String headers =
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n";
    try (Socket socket = upgraded(url, "GET", headers)) {
      byte[] input = {(byte) 0x82, (byte) 0x82, 0, 0, 0, 0, 0, 'x'};
      socket.getOutputStream().write(input);
    }
  }

  private static Socket upgraded(String url, String method, String headers) throws IOException {
    URI uri = URI.create(url);
    Socket socket = new Socket(uri.getHost(), uri.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.getOutputStream().write((method + " " + uri.getPath() + " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\n" + headers + "\r\n").getBytes(StandardCharsets.US_ASCII));
    String head = until(socket, "\r\n\r\n");
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException("the server did not upgrade: " + head);
    }
    return socket;
  }

  private static String until(Socket socket, String wanted) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(wanted) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the server closed before it said " + wanted + ": " + seen);
      }
      seen.append((char) next);
    }
    return seen.toString();
  }
}
