package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.crij.daemon.stream.spdy.SpdyCommand;
import io.crij.daemon.stream.spdy.SpdyForward;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that break the protocol or want too much: their own connection ends, and another is served at once. */
class HostileSpdyTest {
  private final StreamTestServer server = StreamTestServer.started();

  @AfterEach
  void othersAreServedAndNothingIsLeft() throws Exception {
    try (SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      int error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      server.backend.next().exit(0);
      assertThat(client.whole(error)).contains("Success");
    }
    server.close();
  }

  private SpdyClient client() throws IOException {
    return new SpdyClient(server.exec("io"), "v4.channel.k8s.io");
  }

  @Test
  void garbageFramesEndTheSession() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      try (SpdyClient client = client()) {
        byte[] garbage = new byte[4_096];
        random.nextBytes(garbage);
        // A control frame of another version: not to be taken for data of a stream.
        garbage[0] = (byte) 0x80;
        garbage[1] = 9;
        client.raw(garbage);
        client.until(() -> client.goAway);
        assertThat(client.goAway || client.ended).isTrue();
      }
    }
  }

  @Test
  void headersThatInflateWithoutEndEndTheSession() throws IOException {
    try (SpdyClient client = client()) {
      Deflater deflater = new Deflater(9);
      byte[] zeros = new byte[64 << 20];
      deflater.setInput(zeros);
      byte[] bomb = new byte[100_000];
      int length = deflater.deflate(bomb, 0, bomb.length, Deflater.SYNC_FLUSH);
      deflater.end();
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(frame);
      out.writeInt(0x80030001);
      out.writeInt(10 + length);
      out.writeInt(1);
      out.writeInt(0);
      out.writeShort(0);
      out.write(bomb, 0, length);
      client.raw(frame.toByteArray());
      client.until(() -> client.goAway);
      assertThat(client.goAway || client.ended).isTrue();
    }
  }

  @Test
  void headersThatAreTooLongEndTheSession() throws IOException {
    try (SpdyClient client = client()) {
      client.open("streamtype", "error", "padding", "x".repeat(20_000));
      client.until(() -> client.goAway);
      assertThat(client.goAway).isTrue();
      assertThat(client.replied).isEmpty();
    }
  }

  @Test
  void tenThousandStreamsAreNotOpened() throws Exception {
    try (SpdyClient client = new SpdyClient(server.forward(), "portforward.k8s.io")) {
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.until(() -> client.replied.size() + client.reset.size() >= 10_000);
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      for (int i = 0; i < 10_000; i++) {
        client.open("streamtype", "error", "port", "80", "requestid", Integer.toString(i));
      }
      reader.join();
      assertThat(client.replied).hasSize(SpdyForward.MAX_STREAMS);
      assertThat(client.reset).hasSize(10_000 - SpdyForward.MAX_STREAMS);
    }
    try (SpdyClient client = client()) {
      for (int i = 0; i < SpdyCommand.MAX_STREAMS + 5; i++) {
        client.open("streamtype", "error");
      }
      client.until(() -> client.replied.size() + client.reset.size() >= SpdyCommand.MAX_STREAMS + 5);
      assertThat(client.replied.size() + client.reset.size()).isGreaterThanOrEqualTo(SpdyCommand.MAX_STREAMS + 5);
    }
  }

  /** Each is small on the wire and kilobytes here; a client that resets what it has just opened has nothing open. */
  @Test
  void streamsThatAreOpenedAndResetAtOnceAreNotCollected() throws Exception {
    int opened = 500;
    try (SpdyClient client = client()) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      FakeProcess process = server.backend.next();
      for (int i = 0; i < opened; i++) {
        int stream = client.open("streamtype", "more", "padding", "x".repeat(3_000));
        client.send(new DefaultSpdyRstStreamFrame(stream, SpdyStreamStatus.CANCEL));
      }
      client.until(() -> client.replied.size() + client.reset.size() >= opened + 3);
      assertThat(client.replied).hasSizeLessThanOrEqualTo(3 + SpdyCommand.MAX_STREAMS);
      process.exit(0);
    }
  }

  @Test
  void dataForAStreamThatWasNeverOpenedEndsTheSession() throws IOException {
    try (SpdyClient client = client()) {
      client.data(99, "x".getBytes(UTF_8), false);
      client.until(() -> client.goAway);
      assertThat(client.goAway).isTrue();
    }
  }

  @Test
  void pingsWhoseAnswersNobodyFetchesStopBeingRead() throws Exception {
    FakeProcess process;
    try (SpdyClient client = client()) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      process = server.backend.next();
      client.socket.setSoTimeout(1_000);
      Thread flood =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      // Ends by the close below: the server takes a few megabytes with what the kernel buffers, and no more.
                      while (true) {
                        client.send(new DefaultSpdyPingFrame(1));
                      }
                    } catch (IOException closed) {
                      return;
                    }
                  });
      flood.join(2_000);
      assertThat(flood.isAlive()).isTrue();
      client.socket.close();
      flood.join();
    }
    assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void inputThatNobodyReadsIsLeftToTheClient() throws Exception {
    try (SpdyClient client = client()) {
      client.open("streamtype", "error");
      int in = client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      FakeProcess process = server.backend.next();
      client.socket.setSendBufferSize(64 << 10);
      AtomicInteger taken = new AtomicInteger();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 1_000; i++) {
                        client.data(in, new byte[64 << 10], false);
                        taken.incrementAndGet();
                      }
                    } catch (IOException closed) {
                      return;
                    }
                  });
      writer.join(3_000);
      // A megabyte, what the process's pipe holds, and what the kernel holds for two sockets.
      assertThat(taken.get() << 16).isLessThan(16 << 20);
      client.close();
      writer.join();
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aClientThatKeepsWindowsIsSentNoMoreThanTheyHold() throws Exception {
    try (SpdyClient client = client()) {
      DefaultSpdySettingsFrame settings = new DefaultSpdySettingsFrame();
      settings.setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, 10_000);
      client.send(settings);
      client.open("streamtype", "error");
      int in = client.open("streamtype", "stdin");
      int out = client.open("streamtype", "stdout");
      client.until(() -> client.replied.size() == 3);
      FakeProcess process = server.backend.next();
      process.out.writeAll(new byte[30_000]);
      client.until(() -> client.bytes(out).length >= 10_000);
      client.send(new DefaultSpdyPingFrame(1));
      client.until(() -> client.pings.contains(1));
      assertThat(client.bytes(out)).hasSize(10_000);
      client.send(new DefaultSpdyWindowUpdateFrame(out, 20_000));
      client.until(() -> client.bytes(out).length >= 30_000);
      assertThat(client.bytes(out)).hasSize(30_000);
      // What it sends is acknowledged, as it waits for that.
      client.data(in, new byte[40_000], true);
      assertThat(process.in.readAll()).hasSize(40_000);
      client.until(() -> client.windowUpdates.size() >= 2);
      assertThat(client.windowUpdates).anyMatch(update -> update.startsWith(in + "+")).anyMatch(update -> update.startsWith("0+"));
      process.exit(0);
    }
  }

  @Test
  void aWindowBeyondItsRangeEndsTheSession() throws IOException {
    try (SpdyClient client = client()) {
      int stream = client.open("streamtype", "error");
      client.send(new DefaultSpdyWindowUpdateFrame(stream, Integer.MAX_VALUE));
      client.until(() -> client.goAway);
      assertThat(client.goAway).isTrue();
    }
  }
}
