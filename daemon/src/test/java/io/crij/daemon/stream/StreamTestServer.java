package io.crij.daemon.stream;

import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.PortForwardRequest;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** A streaming server on loopback with processes and ports that the test plays. */
final class StreamTestServer implements Closeable {
  final FakeBackend backend = new FakeBackend();
  final StreamServer server;

  StreamTestServer() throws IOException {
    this(Duration.ofHours(4));
  }

  StreamTestServer(Duration idle) throws IOException {
    server = StreamServer.listen(new StreamSettings(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), null, idle), backend);
  }

  /** For a field of a test, whose server cannot listen only if the machine has no loopback. */
  static StreamTestServer started() {
    try {
      return new StreamTestServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** @param streams letters: i, o, e and t for a terminal */
  String exec(String streams, String... command) {
    return server
        .exec(
            ExecRequest.newBuilder()
                .setContainerId("c1")
                .addAllCmd(command.length == 0 ? List.of("/bin/prog", "secret-argument") : List.of(command))
                .setStdin(streams.contains("i"))
                .setStdout(streams.contains("o"))
                .setStderr(streams.contains("e"))
                .setTty(streams.contains("t"))
                .build())
        .getUrl();
  }

  String attach(String streams) {
    return server
        .attach(
            AttachRequest.newBuilder()
                .setContainerId("c1")
                .setStdin(streams.contains("i"))
                .setStdout(streams.contains("o"))
                .setStderr(streams.contains("e"))
                .setTty(streams.contains("t"))
                .build())
        .getUrl();
  }

  String forward(Integer... ports) {
    return server.portForward(PortForwardRequest.newBuilder().setPodSandboxId("p1").addAllPort(List.of(ports)).build()).getUrl();
  }

  @Override
  public void close() {
    server.close();
  }
}
