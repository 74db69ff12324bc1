package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.helper.syscall.Errno;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of the real monitor that do not keep to the rules of streams: they are refused, and cost nobody else anything. */
@NullUnmarked
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamRulesIT extends PodIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ALL = 7;
  private static final int STDOUT = 1;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Events events = new Events();
  private MonitorConnection control;
  private StartRequest start;

  @BeforeEach
  void setUp() throws IOException {
    start = pod.shell(container, "exec sleep 1000");
    monitor.start(start);
    control = connection(events);
  }

  @AfterEach
  void connectionsEnd() throws IOException {
    control.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void aStreamBelongsToOneConnectionAndToAnExistingSession() {
    long session = exec(2, "sleep", "1000");
    refused(Errno.ESRCH, () -> join(session + 1000, STDOUT));
    refused(Errno.EINVAL, () -> join(session, 2));
    refused(Errno.EINVAL, () -> join(session, 0));
    join(session, STDOUT);
    refused(Errno.EINVAL, () -> join(session, STDOUT));
  }

  @Test
  void aConnectionWithASessionTakesNoOtherRequests() {
    exec(ALL, "cat");
    control.call(MessageType.RESIZE, new FieldWriter().number(1, 80).number(2, 24), PATIENCE, "resize");
    refused(Errno.EPROTO, () -> control.call(MessageType.STATUS, new FieldWriter(), PATIENCE, "tell its state"));
    assertThat(events.ended).succeedsWithin(PATIENCE);
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void aResizeNeedsASession() {
    refused(
        Errno.ESRCH,
        () -> control.call(MessageType.RESIZE, new FieldWriter().number(1, 80).number(2, 24), PATIENCE, "resize"));
  }

  @Test
  void bytesThatComeBeforeTheReplyEndTheConnection() throws IOException {
    long session = exec(ALL, "cat");
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.writeBytes(new Frame(MessageType.HELLO, 1, Greeting.fields().toByteArray()).encode());
    sent.writeBytes(new Frame(MessageType.STREAM, 2, new FieldWriter().number(1, session).number(2, 0).toByteArray()).encode());
    sent.writeBytes("too early".getBytes(StandardCharsets.US_ASCII));
    try (SocketChannel rude = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      rude.connect(UnixDomainSocketAddress.of(pod.run.resolve("sock")));
      rude.write(ByteBuffer.wrap(sent.toByteArray()));
      ByteBuffer answers = ByteBuffer.allocate(1 << 16);
      while (rude.read(answers) >= 0) {
        assertThat(answers.hasRemaining()).isTrue();
      }
    } catch (IOException e) {
      // It was closed with our bytes unread.
      assertThat(e).hasMessageContaining("reset");
    }
    join(session, 0);
  }

  @Test
  void anExecWhoseStreamsAreNotFetchedIsKilled() {
    int pid = execReply(ALL, "sleep", "1000")[0];
    ProcessHandle program = ProcessHandle.of(pid).orElseThrow();
    assertThat(events.ended).succeedsWithin(Duration.ofSeconds(60));
    assertThat(program.onExit()).succeedsWithin(PATIENCE);
  }

  @Test
  void aClientThatReadsNothingHoldsUpItsOwnProgramAlone() throws Exception {
    long session = exec(2, "cat", "/dev/zero");
    FieldWriter stdout = new FieldWriter().number(1, session).number(2, STDOUT);
    SocketChannel stalled = StreamSocket.open(pod.pod, pod.run.resolve("sock"), loop, MessageType.STREAM, stdout, PATIENCE);
    long begin = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      assertThat(monitor.status()).hasSize(1);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    stalled.close();
    assertThat(events.done.get(60, TimeUnit.SECONDS)).isEqualTo(128 + 13);
  }

  @Test
  void aMonitorThatIsOutOfDescriptorsServesThoseItHasAndTheOthersLater() throws Exception {
    String pid = String.valueOf(pod.birth.pid());
    limitDescriptors(pid, "1");
    try (SocketChannel waiting = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      waiting.connect(UnixDomainSocketAddress.of(pod.run.resolve("sock")));
      waiting.write(ByteBuffer.wrap(new Frame(MessageType.HELLO, 1, Greeting.fields().toByteArray()).encode()));
      long before = cpuTicks(pid);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
      assertThat(monitor.status()).hasSize(1);
      assertThat(cpuTicks(pid) - before).isLessThan(15);
      limitDescriptors(pid, "1024");
      assertThat(waiting.read(ByteBuffer.allocate(Frame.HEADER_BYTES))).isEqualTo(Frame.HEADER_BYTES);
    }
  }

  private static void limitDescriptors(String pid, String count) throws Exception {
    assertThat(new ProcessBuilder("prlimit", "--pid", pid, "--nofile=" + count + ":").inheritIO().start().waitFor()).isZero();
  }

  /** User and system time, fields 14 and 15 of /proc/PID/stat. */
  private static long cpuTicks(String pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", pid, "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private long exec(long streams, String... argv) {
    return execReply(streams, argv)[1];
  }

  /** Pid and session. */
  private int[] execReply(long streams, String... argv) {
    FieldWriter fields = new FieldWriter().text(1, container.hex()).text(2, start.plan().toString());
    for (String argument : argv) {
      fields.text(3, argument);
    }
    FieldReader in = control.call(MessageType.EXEC, fields.number(9, streams), PATIENCE, "run the program").fields();
    int[] reply = new int[2];
    while (in.next()) {
      reply[in.tag() - 1] = in.number(1, Integer.MAX_VALUE);
    }
    return reply;
  }

  /** A connection that is a stream from now on; it is not read. */
  private MonitorConnection join(long session, long stream) {
    MonitorConnection joining = connection(new Events());
    try {
      joining.call(MessageType.STREAM, new FieldWriter().number(1, session).number(2, stream), PATIENCE, "open a stream");
    } catch (LaunchFailure e) {
      joining.close();
      throw e;
    }
    return joining;
  }

  private MonitorConnection connection(Events hearing) {
    MonitorConnection made = MonitorConnection.open(pod.pod, pod.run.resolve("sock"), loop, hearing);
    made.call(MessageType.HELLO, Greeting.fields(), PATIENCE, "answer the greeting");
    return made;
  }

  private static void refused(int errno, Runnable request) {
    assertThatThrownBy(request::run).isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  private static final class Events implements MonitorConnection.Events {
    private final CompletableFuture<Integer> done = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    @Override
    public void event(Frame event) {
      FieldReader in = event.fields();
      if (in.next()) {
        done.complete(in.number(0, 255));
      }
    }

    @Override
    public void ended() {
      ended.complete(true);
    }
  }
}
