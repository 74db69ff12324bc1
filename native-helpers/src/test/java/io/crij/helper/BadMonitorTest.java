package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against monitors that break the protocol, stay silent or hang up: its caller gets an error, and in time. */
@NullUnmarked
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadMonitorTest {
  private static final int MAX_LENGTH = 1 << 20;
  private static final Duration SHORT = Duration.ofMillis(200);

  /** What a monitor does with one request; an answer of null is silence. */
  private interface Behaviour {
    byte[] answer(Frame request) throws IOException;
  }

  @TempDir Path folder;
  private final ObjectId pod = ObjectId.random();
  private final MonitorSockets sockets = new MonitorSockets();
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private ServerSocketChannel server;
  private volatile Behaviour behaviour = request -> null;

  @BeforeEach
  void listen() throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    sockets.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void nobodyListens() throws IOException {
    server.close();
    Files.delete(socket());
    assertThatThrownBy(() -> sockets.connect(pod, folder)).isInstanceOf(MonitorGone.class);
    assertThatThrownBy(() -> stream(SHORT)).isInstanceOf(MonitorGone.class);
  }

  @Test
  void aSilentMonitorCostsItsCallerTheDeadlineAndNoMore() {
    MonitorConnection connection = MonitorConnection.open(pod, socket(), loop, new NoEvents());
    assertThatThrownBy(() -> connection.call(MessageType.STATUS, new FieldWriter(), SHORT, "tell its state"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
        .hasMessageContaining(pod.shortHex())
        .hasMessageContaining("tell its state");
    connection.close();
    assertThatThrownBy(() -> stream(SHORT))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
  }

  @Test
  void aCallerThatIsInterruptedDoesNotWaitForASilentMonitor() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> stream(Duration.ofSeconds(20)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theMonitorOfAnotherPodIsNotTalkedTo() {
    behaviour = request -> hello(request, ObjectId.random());
    assertThatThrownBy(() -> sockets.connect(pod, folder)).isInstanceOf(MonitorGone.class);
    assertThatThrownBy(() -> stream(Duration.ofSeconds(5))).isInstanceOf(MonitorGone.class);
  }

  @Test
  void aFrameThatIsTooLongEndsTheConnection() {
    behaviour = request -> header(MAX_LENGTH + 1, request.type(), request.id());
    assertThatThrownBy(() -> sockets.connect(pod, folder)).isInstanceOf(MonitorGone.class);
    assertThatThrownBy(() -> stream(Duration.ofSeconds(5))).isInstanceOf(MonitorGone.class);
  }

  @Test
  void fieldsThatAreCutOffEndTheConnection() {
    behaviour = request -> new Frame(request.type(), request.id(), new byte[] {1, 0, 0, 0, 99, 0, 0, 0, 1}).encode();
    assertThatThrownBy(() -> stream(Duration.ofSeconds(5))).isInstanceOf(MonitorGone.class);
  }

  @Test
  void anAnswerToSomethingElseEndsTheConnection() {
    behaviour =
        request ->
            request.type() == MessageType.HELLO ? hello(request, pod) : new Frame(MessageType.KILL, request.id(), new byte[0]).encode();
    try (MonitorClient monitor = sockets.connect(pod, folder)) {
      assertThatThrownBy(monitor::status).isInstanceOf(MonitorGone.class);
    }
    assertThatThrownBy(() -> stream(Duration.ofSeconds(5))).isInstanceOf(MonitorGone.class);
  }

  @Test
  void aMonitorThatHangsUpIsGoneAndItsListenerHearsIt() throws Exception {
    behaviour =
        request -> {
          if (request.type() == MessageType.STATUS) {
            throw new EOFException();
          }
          return request.type() == MessageType.HELLO ? hello(request, pod) : empty(request);
        };
    BlockingQueue<ObjectId> gone = new LinkedBlockingQueue<>();
    try (MonitorClient monitor = sockets.connect(pod, folder)) {
      monitor.watch(
          new ExitListener() {
            @Override
            public void exited(long sequence, ObjectId container, int exitCode, long finishedAtNs) {}

            @Override
            public void monitorGone(ObjectId lost) {
              gone.add(lost);
            }
          });
      assertThatThrownBy(monitor::status).isInstanceOf(MonitorGone.class);
      assertThat(gone.poll(10, TimeUnit.SECONDS)).isEqualTo(pod);
    }
  }

  @Test
  void anExecWhoseStreamsAreRefusedIsEndedAsAWhole() {
    behaviour =
        request ->
            switch (request.type()) {
              case MessageType.HELLO -> hello(request, pod);
              case MessageType.EXEC -> reply(request, new FieldWriter().number(1, 77).number(2, 5));
              default -> error(request);
            };
    StreamedExec exec =
        new StreamedExec(
            ObjectId.random(), Path.of("/plan"), List.of("x"), Set.of(StandardStream.STDOUT), false, null, null, Map.of(), SHORT);
    try (MonitorClient monitor = sockets.connect(pod, folder)) {
      assertThatThrownBy(() -> monitor.exec(exec)).isInstanceOf(LaunchFailure.class).hasMessageContaining("stream");
    }
  }

  @Test
  void asMuchOutputAsWasAskedForAndNoMoreIsTaken() {
    behaviour =
        request ->
            switch (request.type()) {
              case MessageType.HELLO -> hello(request, pod);
              case MessageType.EXEC -> flood(request);
              default -> null;
            };
    ExecRequest exec =
        new ExecRequest(ObjectId.random(), Path.of("/plan"), List.of("x"), Set.of(), null, null, Map.of(), 1000, SHORT);
    try (MonitorClient monitor = sockets.connect(pod, folder);
        ExecSession session = monitor.exec(exec)) {
      assertThatThrownBy(() -> session.drainTo(new Nowhere(), Duration.ofSeconds(10))).isInstanceOf(MonitorGone.class);
    }
  }

  /** Opens a stream as a session does. */
  private void stream(Duration deadline) {
    StreamSocket.open(pod, socket(), loop, MessageType.FORWARD, new FieldWriter().number(1, 80), deadline);
  }

  private Path socket() {
    return folder.resolve("sock");
  }

  // The other side.

  private static byte[] hello(Frame request, ObjectId answering) {
    return reply(request, new FieldWriter().number(1, 1).number(2, 1).text(3, answering.hex()).number(4, 1).number(5, 0));
  }

  private static byte[] error(Frame request) {
    FieldWriter fields = new FieldWriter().number(1, 22).text(2, "stream").text(3, "no").number(4, -1);
    return new Frame(MessageType.ERROR, request.id(), fields.toByteArray()).encode();
  }

  private static byte[] reply(Frame request, FieldWriter fields) {
    return new Frame(request.type(), request.id(), fields.toByteArray()).encode();
  }

  private static byte[] empty(Frame request) {
    return new Frame(request.type(), request.id(), new byte[0]).encode();
  }

  private static byte[] flood(Frame request) {
    byte[] chunk = new byte[32 << 10];
    byte[] out = new Frame(MessageType.OUT, request.id(), new FieldWriter().number(1, 1).bytes(2, chunk).toByteArray()).encode();
    byte[] started = reply(request, new FieldWriter().number(1, 77));
    ByteBuffer all = ByteBuffer.allocate(started.length + 8 * out.length).put(started);
    for (int i = 0; i < 8; i++) {
      all.put(out);
    }
    return all.array();
  }

  private static byte[] header(int length, int type, long id) {
    return ByteBuffer.allocate(Frame.HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(length)
        .putShort((short) type)
        .putShort((short) 0)
        .putLong(id)
        .array();
  }

  private void serve() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread.ofVirtual().start(() -> answer(client));
      }
    } catch (IOException e) {
      // The test is over.
      assertThat(server.isOpen()).isFalse();
    }
  }

  private void answer(SocketChannel client) {
    try (client) {
      while (true) {
        Frame.Header header = Frame.Header.parse(read(client, Frame.HEADER_BYTES));
        Frame request = new Frame(header.type(), header.id(), read(client, header.payloadLength()).array());
        new FieldReader(request.payload()).next();
        byte[] answer = behaviour.answer(request);
        if (answer != null) {
          client.write(ByteBuffer.wrap(answer));
        }
      }
    } catch (IOException e) {
      // The client or the behaviour hung up.
      assertThat(client.isOpen()).isFalse();
    }
  }

  private static ByteBuffer read(SocketChannel from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (from.read(bytes) < 0) {
        throw new EOFException();
      }
    }
    return bytes.flip();
  }

  private static final class NoEvents implements MonitorConnection.Events {
    @Override
    public void event(Frame event) {}

    @Override
    public void ended() {}
  }

  private static final class Nowhere implements ExecSession.OutputSink {
    @Override
    public void stdout(byte[] chunk) {}

    @Override
    public void stderr(byte[] chunk) {}
  }
}
