package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpdyCommandTest {
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";

  private final StreamTestServer server = StreamTestServer.started();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void outputAndSuccessReachTheClient() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("oe"), "v5.channel.k8s.io", "v4.channel.k8s.io")) {
      assertThat(client.response).startsWith("HTTP/1.1 101 ").containsIgnoringCase("upgrade: SPDY/3.1").contains("v5.channel.k8s.io");
      int error = client.open("streamtype", "error");
      int out = client.open("streamtype", "stdout");
      int err = client.open("streamtype", "stderr");
      client.until(() -> client.replied.size() == 3);
      FakeProcess process = server.backend.next();
      process.out.writeAll("hello".getBytes(UTF_8));
      process.err.writeAll("world".getBytes(UTF_8));
      process.exit(0);
      assertThat(client.whole(out)).isEqualTo("hello");
      assertThat(client.whole(err)).isEqualTo("world");
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
      assertThat(client.goAway).isFalse();
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void anExitCodeIsACauseOfTheStatus() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(42);
      JsonNode status = new ObjectMapper().readTree(client.whole(error));
      assertThat(status.path("status").asText()).isEqualTo("Failure");
      assertThat(status.path("reason").asText()).isEqualTo("NonZeroExitCode");
      assertThat(status.at("/details/causes/0/reason").asText()).isEqualTo("ExitCode");
      assertThat(status.at("/details/causes/0/message").asText()).isEqualTo("42");
    }
  }

  @Test
  void oldProtocolsGetPlainTextAndNoResizeStream() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("ot"), "v9.channel.k8s.io, v2.channel.k8s.io")) {
      assertThat(client.response).contains("v2.channel.k8s.io").doesNotContain("v9");
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(3);
      assertThat(client.whole(error)).isEqualTo("command terminated with exit code 3");
    }
  }

  @Test
  void aCommandThatIsNotThereIsAFailureInWords() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o", "/missing"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      int out = client.open("streamtype", "stdout");
      JsonNode status = new ObjectMapper().readTree(client.whole(error));
      assertThat(status.path("message").asText()).isEqualTo("'/missing' was not found in the container.");
      assertThat(client.whole(out)).isEmpty();
    }
  }

  @Test
  void theEndOfInputReachesTheProcessAndItsOutputStillComes() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("io"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      int in = client.open("streamtype", "stdin");
      int out = client.open("streamtype", "stdout");
      client.data(in, "to the ".getBytes(UTF_8), false);
      client.data(in, "process".getBytes(UTF_8), true);
      FakeProcess process = server.backend.next();
      process.out.writeAll(process.in.readAll());
      process.exit(0);
      assertThat(client.whole(out)).isEqualTo("to the process");
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
      assertThat(client.whole(in)).isEmpty();
    }
  }

  @Test
  void aTerminalIsResized() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("iot"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      int resize = client.open("streamtype", "resize");
      client.data(resize, "{\"Width\":80,\"Height\":24}\n{\"Wid".getBytes(UTF_8), false);
      client.data(resize, "th\":132,\"Height\":43}".getBytes(UTF_8), true);
      FakeProcess process = server.backend.next();
      while (process.sizes.size() < 2) {
        Thread.onSpinWait();
      }
      process.exit(0);
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
      assertThat(process.sizes).containsExactly("80x24", "132x43");
    }
  }

  @Test
  void anAttachEndsInSuccessWhateverTheContainersExitCode() throws Exception {
    try (SpdyClient client = new SpdyClient(server.attach("o"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(9);
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void manyBytesArriveWholeAtAClientThatReadsLate() throws Exception {
    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      int out = client.open("streamtype", "stdout");
      FakeProcess process = server.backend.next();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      process.out.writeAll(bytes);
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                    process.exit(0);
                  });
      client.until(() -> client.isFinished(out));
      writer.join();
      assertThat(client.bytes(out)).isEqualTo(bytes);
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void aClientThatLeavesTakesItsProcessWithIt() throws Exception {
    FakeProcess process;
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      process = server.backend.next();
    }
    assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aClientThatLeavesIsSeenThoughItsInputIsNotRead() throws Exception {
    FakeProcess process;
    try (SpdyClient client = new SpdyClient(server.exec("io"), "v4.channel.k8s.io")) {
      client.open("streamtype", "error");
      int in = client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      process = server.backend.next();
      // More than the process and the server take: the server stops to read.
      for (int i = 0; i < 24; i++) {
        client.data(in, new byte[64 << 10], false);
      }
    }
    assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aResetOfTheOutputEndsTheProcess() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      client.open("streamtype", "error");
      int out = client.open("streamtype", "stdout");
      FakeProcess process = server.backend.next();
      client.send(new DefaultSpdyRstStreamFrame(out, SpdyStreamStatus.CANCEL));
      client.send(new DefaultSpdyPingFrame(7));
      client.until(() -> client.pings.contains(7));
      process.out.writeAll(new byte[1]);
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void streamsThatWereNotAskedForAreReset() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      int unknown = client.open("streamtype", "telnet");
      int untyped = client.open("port", "1");
      int error = client.open("streamtype", "error");
      int second = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(0);
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
      assertThat(client.reset).containsExactly(unknown, untyped, second);
    }
  }

  @Test
  void aProgramOfAnyNameIsRun() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o", "/bin/\0\n" + "x".repeat(1_000)), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(0);
      assertThat(client.whole(error)).isEqualTo(SUCCESS);
    }
  }

  @Test
  void pingsAreAnswered() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      client.send(new DefaultSpdyPingFrame(1));
      client.send(new DefaultSpdyPingFrame(3));
      client.until(() -> client.pings.size() == 2);
      assertThat(client.pings).containsExactly(1, 3);
    }
  }
}
