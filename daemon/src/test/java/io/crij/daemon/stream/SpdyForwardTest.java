package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpdyForwardTest {
  private final StreamTestServer server = StreamTestServer.started();

  @AfterEach
  void close() {
    server.close();
  }

  private SpdyClient client() throws IOException {
    return new SpdyClient(server.forward(), "portforward.k8s.io");
  }

  private FakePort listen(int port) {
    FakePort program = new FakePort();
    server.backend.listening.put(port, program);
    return program;
  }

  private static int open(SpdyClient client, String type, String port, String id) throws IOException {
    return client.open("streamtype", type, "port", port, "requestid", id);
  }

  @Test
  void bytesGoBothWaysAndEachEndIsToldOnItsOwn() throws Exception {
    FakePort program = listen(80);
    try (SpdyClient client = client()) {
      int error = open(client, "error", "80", "0");
      client.data(error, new byte[0], true);
      int data = open(client, "data", "80", "0");
      client.data(data, "question".getBytes(UTF_8), true);
      assertThat(new String(program.up.readAll(), UTF_8)).isEqualTo("question");
      program.down.writeAll("answer".getBytes(UTF_8));
      program.down.close();
      assertThat(client.whole(data)).isEqualTo("answer");
      assertThat(client.whole(error)).isEmpty();
      assertThat(program.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theProgramMayEndFirstAndStillReceive() throws Exception {
    FakePort program = listen(80);
    try (SpdyClient client = client()) {
      open(client, "error", "80", "0");
      int data = open(client, "data", "80", "0");
      program.down.close();
      assertThat(client.whole(data)).isEmpty();
      client.data(data, "late".getBytes(UTF_8), true);
      assertThat(new String(program.up.readAll(), UTF_8)).isEqualTo("late");
      assertThat(program.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void oneFailingConnectionDoesNotEndTheOthers() throws Exception {
    FakePort program = listen(80);
    try (SpdyClient client = client()) {
      open(client, "error", "80", "0");
      int data = open(client, "data", "80", "0");
      int refused = open(client, "error", "81", "1");
      int nothing = open(client, "data", "81", "1");
      client.data(nothing, new byte[100_000], false);
      assertThat(client.whole(refused)).contains("connection refused");
      assertThat(client.whole(nothing)).isEmpty();
      program.down.writeAll("still here".getBytes(UTF_8));
      program.down.close();
      assertThat(client.whole(data)).isEqualTo("still here");
    }
  }

  @Test
  void streamsWithoutARequestIdPairInTheirOrder() throws Exception {
    FakePort first = listen(80);
    FakePort second = listen(81);
    try (SpdyClient client = client()) {
      client.open("streamtype", "error", "port", "80");
      int one = client.open("streamtype", "data", "port", "80");
      client.open("streamtype", "error", "port", "81");
      int two = client.open("streamtype", "data", "port", "81");
      first.down.writeAll("1".getBytes(UTF_8));
      first.down.close();
      second.down.writeAll("2".getBytes(UTF_8));
      second.down.close();
      assertThat(client.whole(one)).isEqualTo("1");
      assertThat(client.whole(two)).isEqualTo("2");
    }
  }

  @Test
  void aClientThatSaidItsLastAndLeftIsNotedThoughTheProgramKeepsSilent() throws Exception {
    FakePort first = listen(80);
    FakePort second = listen(81);
    try (SpdyClient client = client()) {
      for (int i = 0; i < 2; i++) {
        open(client, "error", "8" + i, "" + i);
        int data = open(client, "data", "8" + i, "" + i);
        client.data(data, new byte[0], true);
        (i == 0 ? first : second).up.readAll();
        if (i == 0) {
          client.send(new DefaultSpdyRstStreamFrame(data, SpdyStreamStatus.CANCEL));
          assertThat(first.closed.await(20, TimeUnit.SECONDS)).isTrue();
        }
      }
      assertThat(second.isOpen()).isTrue();
    }
    assertThat(second.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void streamsOfNoUseAreReset() throws Exception {
    try (SpdyClient client = client()) {
      int noPort = client.open("streamtype", "data", "requestid", "1");
      int badPort = open(client, "data", "70000", "2");
      int badType = open(client, "stdin", "80", "3");
      open(client, "error", "80", "4");
      int twice = open(client, "error", "80", "4");
      client.until(() -> client.reset.size() == 4);
      assertThat(client.reset).containsExactly(noPort, badPort, badType, twice);
    }
  }

  @Test
  void aResetOrALostClientClosesTheConnectionToTheProgram() throws Exception {
    FakePort first = listen(80);
    FakePort second = listen(81);
    try (SpdyClient client = client()) {
      open(client, "error", "80", "0");
      int data = open(client, "data", "80", "0");
      open(client, "error", "81", "1");
      open(client, "data", "81", "1");
      client.send(new DefaultSpdyRstStreamFrame(data, SpdyStreamStatus.CANCEL));
      assertThat(first.closed.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(second.isOpen()).isTrue();
    }
    assertThat(second.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
