package io.crij.nri.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.crij.nri.wire.proto.Request;
import io.crij.nri.wire.proto.Response;
import io.crij.nri.wire.proto.Status;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The plugin's end of a connection. */
public final class TestPeer implements Closeable {
  /** Answers a call; nothing means that there is no answer. */
  public interface Answers extends Function<Request, Optional<? extends MessageLite>> {}

  /** An answer that is an error. */
  public static Response refusal(int code, String message) {
    return Response.newBuilder().setStatus(Status.newBuilder().setCode(code).setMessage(message)).build();
  }

  private final SocketChannel channel;
  private final Trunk trunk;
  private final BlockingQueue<Response> replies = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> end = new LinkedBlockingQueue<>();
  private int stream = 1;

  public TestPeer(SocketChannel channel, Answers answers) {
    this.channel = channel;
    trunk =
        new Trunk(
            channel,
            Thread.ofVirtual().factory(),
            new Trunk.Receiver() {
              @Override
              public void message(int connection, TtrpcFrame frame) throws BrokenProtocol {
                try {
                  if (connection == Trunk.RUNTIME_CONNECTION) {
                    replies.add(Response.parseFrom(frame.body()));
                    return;
                  }
                  Optional<? extends MessageLite> found = answers.apply(Request.parseFrom(frame.body()));
                  if (found.isPresent()) {
                    MessageLite answer = found.get();
                    Response response = answer instanceof Response whole ? whole : Response.newBuilder().setPayload(answer.toByteString()).build();
                    trunk.send(connection, new TtrpcFrame(frame.stream(), TtrpcFrame.Type.RESPONSE, response.toByteArray()));
                  }
                } catch (IOException e) {
                  throw new BrokenProtocol(String.valueOf(e.getMessage()));
                }
              }

              @Override
              public void ended(String why) {
                end.add(why);
              }
            });
    trunk.start();
  }

  /** Calls the runtime. */
  public Response call(String service, String method, MessageLite payload) throws Exception {
    Request request = Request.newBuilder().setService(service).setMethod(method).setPayload(ByteString.copyFrom(payload.toByteArray())).build();
    trunk.send(Trunk.RUNTIME_CONNECTION, new TtrpcFrame(stream, TtrpcFrame.Type.REQUEST, request.toByteArray()));
    stream += 2;
    Response reply = replies.poll(10, TimeUnit.SECONDS);
    if (reply == null) {
      throw new AssertionError("no reply to " + method);
    }
    return reply;
  }

  public SocketChannel channel() {
    return channel;
  }

  /** Returns when the connection is over. */
  public String awaitEnd() throws InterruptedException {
    String why = end.poll(10, TimeUnit.SECONDS);
    if (why == null) {
      throw new AssertionError("the connection is still there");
    }
    return why;
  }

  @Override
  public void close() {
    trunk.close();
  }

  /** Two ends of one socket. */
  public record Pair(SocketChannel ours, SocketChannel theirs) {
    public static Pair in(Path folder) throws IOException {
      Path path = folder.resolve("pair");
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(path));
        SocketChannel theirs = SocketChannel.open(UnixDomainSocketAddress.of(path));
        return new Pair(server.accept(), theirs);
      } finally {
        java.nio.file.Files.deleteIfExists(path);
      }
    }
  }
}
