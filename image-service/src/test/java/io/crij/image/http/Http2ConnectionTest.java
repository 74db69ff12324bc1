package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 against a server that a test plays frame by frame. */
class Http2ConnectionTest {
  private static final PullTimeouts SHORT =
      new PullTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(2), 10);
  /** {@code :status: 200} of HPACK's static table. */
  private static final byte[] OK = {(byte) 0x88};

  private final BlockingQueue<Http2Frame> received = new LinkedBlockingQueue<>();
  private ServerSocket listener;
  private Socket peer;
  private OutputStream out;
  private Http2Connection connection;

  @BeforeEach
  void connect() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    connection = new Http2Connection(new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort()), new Watch(SHORT, () -> false), SHORT);
    peer = listener.accept();
    out = peer.getOutputStream();
    Thread.ofVirtual().start(this::receive);
    send(new Http2Frame(Http2Frame.SETTINGS, 0, 0, new byte[0]));
  }

  @AfterEach
  void close() throws IOException {
    connection.close();
    peer.close();
    listener.close();
  }

  private void receive() {
    try {
      DataInputStream in = new DataInputStream(peer.getInputStream());
      in.readNBytes(24);
      for (Http2Frame frame = Http2Frame.read(in); frame != null; frame = Http2Frame.read(in)) {
        received.add(frame);
      }
    } catch (IOException e) {
      // The client went away.
    }
  }

  private void send(Http2Frame... frames) throws IOException {
    for (Http2Frame frame : frames) {
      out.write(frame.encode());
    }
  }

  private Http2Frame next(int type) throws InterruptedException {
    while (true) {
      Http2Frame frame = received.poll(20, TimeUnit.SECONDS);
      assertThat(frame).as("a frame of type " + type).isNotNull();
      if (frame.type() == type) {
        return frame;
      }
    }
  }

  private interface Play {
    void run(int stream) throws Exception;
  }

  /** Asks, and lets the server play its part as soon as the request is there. */
  private byte[] ask(Play play) throws Exception {
    Thread server =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    play.run(next(Http2Frame.HEADERS).stream());
                  } catch (Exception e) {
                    connection.close();
                  }
                });
    try (HttpAnswer answer = connection.send(HttpRequest.get(URI.create("https://r.example/v2/app/manifests/1")), new Pace())) {
      assertThat(answer.status()).isEqualTo(200);
      return answer.body().readAllBytes();
    } finally {
      server.join(TimeUnit.SECONDS.toMillis(5));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private Http2Frame head(int stream, int flags) {
    return new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS | flags, stream, OK);
  }

  @Test
  void answersOfSeveralRequestsMayMingle() throws Exception {
    byte[] first =
        ask(
            stream -> {
              send(head(stream, 0), new Http2Frame(Http2Frame.DATA, 0, stream, bytes("one ")), new Http2Frame(Http2Frame.PING, 0, 0, new byte[8]));
              send(new Http2Frame(99, 0, stream, bytes("unknown types are passed over")));
              send(new Http2Frame(Http2Frame.DATA, Http2Frame.END_STREAM | Http2Frame.PADDED, stream, bytes("\3two\0\0\0")));
            });
    assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("one two");
    assertThat(next(Http2Frame.PING).has(Http2Frame.ACK)).isTrue();
    byte[] second = ask(stream -> send(head(stream, Http2Frame.END_STREAM)));
    assertThat(second).isEmpty();
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void headersMayComeInParts() throws Exception {
    byte[] answer =
        ask(
            stream -> {
              send(new Http2Frame(Http2Frame.HEADERS, 0, stream, new byte[0]), new Http2Frame(Http2Frame.CONTINUATION, Http2Frame.END_HEADERS, stream, OK));
              send(new Http2Frame(Http2Frame.DATA, Http2Frame.END_STREAM, stream, bytes("x")));
            });
    assertThat(answer).hasSize(1);
  }

  @Test
  void aReaderThatKeepsUpLetsMoreComeThanTheWindowHolds() throws Exception {
    int frames = 3 * Http2Stream.WINDOW / 10_000;
    byte[] answer =
        ask(
            stream -> {
              send(head(stream, 0));
              int credit = Http2Stream.WINDOW;
              for (int i = 0; i < frames; i++) {
                while (credit < 10_000) {
                  Http2Frame update = next(Http2Frame.WINDOW_UPDATE);
                  credit += update.stream() == stream ? update.number() : 0;
                }
                send(new Http2Frame(Http2Frame.DATA, i == frames - 1 ? Http2Frame.END_STREAM : 0, stream, new byte[10_000]));
                credit -= 10_000;
              }
            });
    assertThat(answer).hasSize(frames * 10_000);
  }

  @Test
  void aServerThatSendsMoreThanItMayIsCutOff() {
    assertThatThrownBy(
            () ->
                ask(
                    stream -> {
                      for (int i = 0; i < 100; i++) {
                        send(new Http2Frame(Http2Frame.DATA, 0, stream, new byte[16_000]));
                      }
                    }))
        .isInstanceOf(IOException.class);
  }

  @Test
  void brokenFramesEndTheConnection() {
    for (Play play :
        List.<Play>of(
            stream -> send(new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, stream, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f})),
            stream -> send(new Http2Frame(Http2Frame.HEADERS, 0, stream, OK), new Http2Frame(Http2Frame.DATA, 0, stream, OK)),
            stream -> send(new Http2Frame(Http2Frame.PUSH_PROMISE, 0, stream, new byte[20])),
            stream -> send(head(stream, Http2Frame.PADDED)),
            stream -> send(new Http2Frame(Http2Frame.GOAWAY, 0, 0, new byte[3])),
            stream -> out.write(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 0}),
            stream -> peer.close())) {
      assertThatThrownBy(() -> ask(play)).isInstanceOf(IOException.class);
      assertThat(connection.isOpen()).isFalse();
      try {
        close();
        connect();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void headerBlocksAndEmptyFramesWithoutEndAreGivenUp() {
    assertThatThrownBy(
            () ->
                ask(
                    stream -> {
                      send(new Http2Frame(Http2Frame.HEADERS, 0, stream, OK));
                      for (int i = 0; i < 10_000; i++) {
                        send(new Http2Frame(Http2Frame.CONTINUATION, 0, stream, new byte[0]));
                      }
                    }))
        .isInstanceOf(IOException.class);
    assertThat(connection.isOpen()).isFalse();
    try {
      close();
      connect();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThatThrownBy(
            () ->
                ask(
                    stream -> {
                      for (int i = 0; i < 100_000; i++) {
                        send(new Http2Frame(Http2Frame.PING, 0, 0, new byte[8]));
                      }
                    }))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aRequestThatWasNotBegunMayBeAskedAgain() {
    assertThatThrownBy(() -> ask(stream -> send(new Http2Frame(Http2Frame.GOAWAY, 0, 0, new byte[8])))).isInstanceOf(EOFException.class);
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void silenceEndsTheWait() {
    long start = System.nanoTime();
    assertThatThrownBy(() -> ask(stream -> {})).isInstanceOf(StalledException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void secretsAreNotPutIntoTheServersTable() throws Exception {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    Thread server =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Http2Frame request = next(Http2Frame.HEADERS);
                    seen.writeBytes(request.payload());
                    send(head(request.stream(), Http2Frame.END_STREAM));
                  } catch (IOException | InterruptedException e) {
                    connection.close();
                  }
                });
    HttpRequest request = HttpRequest.get(URI.create("https://r.example/x?y=1"));
    request.headers().set("Authorization", "Bearer " + "t".repeat(5000));
    connection.send(request, new Pace()).close();
    server.join();
    assertThat(seen.toByteArray()[0]).as("a literal that is never indexed").isEqualTo((byte) 0x10);
    assertThat(seen.toString(StandardCharsets.ISO_8859_1)).contains("authorization").contains("/x?y=1").doesNotContain("host");
  }
}
