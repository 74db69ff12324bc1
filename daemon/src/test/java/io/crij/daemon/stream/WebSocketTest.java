package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTest {
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";

  private final StreamTestServer server = StreamTestServer.started();

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"})
  void outputAndSuccessReachTheClient(String protocol) throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("oe"), "unknown", protocol)) {
      assertThat(client.socket.getSubprotocol()).isEqualTo(protocol);
      FakeProcess process = server.backend.next();
      process.out.writeAll("hello".getBytes(UTF_8));
      process.err.writeAll("world".getBytes(UTF_8));
      process.exit(0);
      assertThat(client.status()).isEqualTo(1000);
      assertThat(client.text(1)).isEqualTo("hello");
      assertThat(client.text(2)).isEqualTo("world");
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void aClientWithoutASubprotocolGetsTheOldestAndPlainText() throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("o"))) {
      server.backend.next().exit(5);
      assertThat(client.status()).isEqualTo(1000);
      assertThat(client.text(3)).isEqualTo("command terminated with exit code 5");
    }
  }

  @Test
  void theCloseSignalEndsTheInput() throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v5.channel.k8s.io")) {
      FakeProcess process = server.backend.next();
      client.send(0, "to the ");
      client.send(0, "process");
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get(20, TimeUnit.SECONDS);
      process.out.writeAll(process.in.readAll());
      process.exit(0);
      assertThat(client.status()).isEqualTo(1000);
      assertThat(client.text(1)).isEqualTo("to the process");
    }
  }

  @Test
  void aMessageInFragmentsIsOneStreamOfBytes() throws Exception {
    byte[] bytes = new byte[200_000];
    new Random(3).nextBytes(bytes);
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v5.channel.k8s.io")) {
      FakeProcess process = server.backend.next();
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {0}), false).get(20, TimeUnit.SECONDS);
      client.socket.sendBinary(ByteBuffer.wrap(bytes, 0, 150_000), false).get(20, TimeUnit.SECONDS);
      client.socket.sendPing(ByteBuffer.wrap(new byte[3])).get(20, TimeUnit.SECONDS);
      Thread rest =
          Thread.ofVirtual()
              .start(
                  () ->
                      client
                          .socket
                          .sendBinary(ByteBuffer.wrap(bytes, 150_000, 50_000), true)
                          .thenCompose(sent -> sent.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true)));
      assertThat(process.in.readAll()).isEqualTo(bytes);
      rest.join();
      process.exit(0);
      assertThat(client.status()).isEqualTo(1000);
    }
  }

  @Test
  void base64InputAndSizesAreDecoded() throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("iot"), "v4.base64.channel.k8s.io")) {
      FakeProcess process = server.backend.next();
      client.socket.sendText("0aGVs", false).get(20, TimeUnit.SECONDS);
      client.socket.sendText("bG8=", true).get(20, TimeUnit.SECONDS);
      client.socket.sendText("4eyJXaWR0aCI6ODAsIkhlaWdodCI6MjR9", true).get(20, TimeUnit.SECONDS);
      ByteBuffer got = ByteBuffer.allocate(5);
      while (got.hasRemaining()) {
        process.in.read(got);
      }
      assertThat(new String(got.array(), UTF_8)).isEqualTo("hello");
      while (process.sizes.isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(process.sizes).containsExactly("80x24");
    }
  }

  @Test
  void manyBytesArriveWhole() throws Exception {
    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    try (WebSocketClient client = new WebSocketClient(server.exec("o"), "v5.channel.k8s.io")) {
      FakeProcess process = server.backend.next();
      process.out.writeAll(bytes);
      process.exit(0);
      assertThat(client.status()).isEqualTo(1000);
      assertThat(client.bytes(1)).isEqualTo(bytes);
      assertThat(client.text(3)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void aClientThatLeavesTakesItsProcessWithIt() throws Exception {
    FakeProcess process;
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v5.channel.k8s.io")) {
      process = server.backend.next();
      client.socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
    try (WebSocketClient client = new WebSocketClient(server.exec("o"), "v5.channel.k8s.io")) {
      process = server.backend.next();
      client.socket.abort();
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatBreaksTheProtocolEndsTheConnection() throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v5.channel.k8s.io")) {
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 77}), true).get(20, TimeUnit.SECONDS);
      assertThat(client.status()).isEqualTo(1002);
    }
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v4.base64.channel.k8s.io")) {
      client.socket.sendText("0!!!!", true).get(20, TimeUnit.SECONDS);
      assertThat(client.status()).isEqualTo(1002);
    }
  }

  @Test
  void messagesForNoChannelAreDropped() throws Exception {
    try (WebSocketClient client = new WebSocketClient(server.exec("io"), "v4.channel.k8s.io")) {
      FakeProcess process = server.backend.next();
      client.send(9, "nowhere");
      client.send(255, "nowhere in v4");
      client.send(1, "against the stream");
      client.send(0, "x");
      ByteBuffer got = ByteBuffer.allocate(8);
      process.in.read(got);
      assertThat(new String(got.array(), 0, got.position(), UTF_8)).isEqualTo("x");
    }
  }

  @Test
  void portsOfTheRequestHaveAPairOfChannelsEach() throws Exception {
    FakePort program = new FakePort();
    server.backend.listening.put(8080, program);
    try (WebSocketClient client = new WebSocketClient(server.forward(8080, 9090), "v4.channel.k8s.io")) {
      client.send(0, "question");
      byte[] port = {(byte) 0x90, 0x1f};
      client.await(0, 2);
      client.await(1, 2);
      assertThat(client.bytes(0)).startsWith(port);
      assertThat(client.bytes(1)).startsWith(port);
      client.await(3, 20);
      assertThat(client.text(3)).contains("connection refused");
      ByteBuffer got = ByteBuffer.allocate(8);
      while (got.hasRemaining()) {
        program.up.read(got);
      }
      assertThat(new String(got.array(), UTF_8)).isEqualTo("question");
      program.down.writeAll("answer".getBytes(UTF_8));
      client.await(0, 8);
      assertThat(client.text(0)).endsWith("answer");
    }
    assertThat(program.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
