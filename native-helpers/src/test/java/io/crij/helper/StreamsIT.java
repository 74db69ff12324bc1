package io.crij.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.FilesystemType;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.syscall.Errno;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Live streams of execs and attached containers over the real {@code crij-pod}. */
@NullUnmarked
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StreamsIT extends PodIT {
  private static final Set<StandardStream> ALL = EnumSet.allOf(StandardStream.class);
  private static final Set<StandardStream> TERMINAL = EnumSet.of(StandardStream.STDIN, StandardStream.STDOUT);
  private static final List<PlanOp> DEVPTS =
      List.of(
          new PlanOp.Filesystem(
              FilesystemType.DEVPTS,
              "/dev/pts",
              Set.of(MountAttr.NOSUID, MountAttr.NOEXEC),
              List.of("newinstance", "ptmxmode=0666", "mode=0620"),
              Propagation.PRIVATE),
          new PlanOp.Device("/dev/tty", DeviceType.CHARACTER, 5, 0, 0666, 0, 0));

  private final MonitorContract.Exits exits = new MonitorContract.Exits();

  @BeforeEach
  void setUp() throws IOException {
    monitor.watch(exits);
  }

  @Test
  void anExecReadsItsInputToTheEndAndAnswersOnBothStreams() throws Exception {
    StartRequest request = sleeper();
    try (ProcessStreams exec = monitor.exec(exec(request, ALL, "sh", "-c", "cat; echo done >&2; exit 4"))) {
      write(exec.stdin(), "one\ntwo\n");
      exec.stdin().close();
      assertThat(readAll(exec.stdout())).isEqualTo("one\ntwo\n");
      assertThat(readAll(exec.stderr())).isEqualTo("done\n");
      assertThat(exec.awaitExit()).isEqualTo(4);
    }
  }

  @Test
  void streamsThatWereNotAskedForAreNotThere() throws Exception {
    StartRequest request = sleeper();
    try (ProcessStreams exec = monitor.exec(exec(request, EnumSet.of(StandardStream.STDERR), "sh", "-c", "cat; echo out; echo err >&2"))) {
      assertThat(readAll(exec.stdout())).isEmpty();
      assertThat(readAll(exec.stderr())).isEqualTo("err\n");
      assertThat(exec.awaitExit()).isZero();
      assertThatThrownBy(() -> write(exec.stdin(), "x")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aProgramThatIsMissingOpensNoStreams() throws Exception {
    StartRequest request = sleeper();
    assertThatThrownBy(() -> monitor.exec(exec(request, ALL, "no-such-program")))
        .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  @Test
  void aTerminalOfAnExecIsItsControllingTerminalAndHasASize() throws Exception {
    StartRequest request = start(false, "exec sleep 1000", Set.of());
    try (ProcessStreams exec = monitor.exec(terminal(request, "sh", "-i"))) {
      exec.resize(123, 45);
      write(exec.stdin(), "PS1=; busybox stty -echo; busybox stty size; busybox tty; echo me >/dev/tty; echo $TERM\n");
      assertThat(readUntil(exec.stdout(), "xterm")).contains("45 123").contains("/dev/pts/0").contains("me");
      exec.resize(80, 24);
      write(exec.stdin(), "busybox stty size\n");
      assertThat(readUntil(exec.stdout(), "24 80")).contains("24 80");
      write(exec.stdin(), "sh -c 'echo in front; sleep 1000'\n");
      readUntil(exec.stdout(), "in front");
      write(exec.stdin(), "\u0003");
      write(exec.stdin(), "exit 9\n");
      readAll(exec.stdout());
      assertThat(exec.awaitExit()).isEqualTo(9);
    }
  }

  @Test
  void whatAnExecLeavesBehindDoesNotHoldItsEnd() throws Exception {
    StartRequest request = sleeper();
    long begin = System.nanoTime();
    try (ProcessStreams exec = monitor.exec(exec(request, ALL, "sh", "-c", "sleep 1000 & echo hi; exit 3"))) {
      assertThat(readAll(exec.stdout())).isEqualTo("hi\n");
      assertThat(readAll(exec.stderr())).isEmpty();
      assertThat(exec.awaitExit()).isEqualTo(3);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void aClientThatLeavesEndsItsExecAndNothingElse() throws Exception {
    StartRequest request = sleeper();
    ProcessStreams exec = monitor.exec(exec(request, ALL, "sh", "-c", "echo started; sleep 1000"));
    readUntil(exec.stdout(), "started");
    exec.close();
    try (ProcessStreams look = monitor.exec(exec(request, ALL, "sh", "-c", "while test -n \"$(busybox pgrep -f started)\"; do sleep 0.1; done"))) {
      readAll(look.stdout());
    }
    assertThat(monitor.status()).singleElement().matches(ContainerState::running);
  }

  @Test
  void sixtyFourMegabytesGoThroughWhole() throws Exception {
    StartRequest request = sleeper();
    try (ProcessStreams exec = monitor.exec(exec(request, ALL, "dd", "if=/dev/zero", "bs=1048576", "count=64"))) {
      assertThat(count(exec.stdout())).isEqualTo(64L << 20);
      readAll(exec.stderr());
      assertThat(exec.awaitExit()).isZero();
    }
  }

  @Test
  void everyAttachedClientSeesTheOutputThatIsLogged() throws Exception {
    monitor.start(flagged(pod.shell(container, "cat; echo over >&2"), Set.of(StreamFlag.STDIN)));
    try (ProcessStreams first = monitor.attach(container, ALL);
        ProcessStreams second = monitor.attach(container, ALL)) {
      write(first.stdin(), "from the first\n");
      readUntil(second.stdout(), "from the first\n");
      write(second.stdin(), "from the second\n");
      assertThat(readUntil(first.stdout(), "from the second\n")).isEqualTo("from the first\nfrom the second\n");
      first.stdin().close();
      write(second.stdin(), "still open\n");
      readUntil(second.stdout(), "still open\n");
      monitor.kill(container, 9);
      assertThat(first.awaitExit()).isEqualTo(137);
      assertThat(readAll(first.stdout())).isEqualTo("still open\n");
      assertThat(readAll(second.stdout())).isEmpty();
      assertThat(second.awaitExit()).isEqualTo(137);
    }
    assertThat(Files.readString(pod.log(container))).contains("from the first").contains("still open");
  }

  @Test
  void aClientMissesNothingOfWhatItsOwnInputBringsAbout() throws Exception {
    monitor.start(flagged(pod.shell(container, "cat"), Set.of(StreamFlag.STDIN)));
    for (int i = 0; i < 200; i++) {
      try (ProcessStreams attached = monitor.attach(container, TERMINAL)) {
        write(attached.stdin(), "line " + i + "\n");
        assertThat(readUntil(attached.stdout(), "\n")).isEqualTo("line " + i + "\n");
      }
    }
  }

  @Test
  void inputThatIsOpenOnceEndsWithItsFirstClient() throws Exception {
    monitor.start(flagged(pod.shell(container, "cat; echo over"), Set.of(StreamFlag.STDIN, StreamFlag.STDIN_ONCE)));
    try (ProcessStreams attached = monitor.attach(container, ALL)) {
      write(attached.stdin(), "text\n");
      attached.stdin().close();
      assertThat(readAll(attached.stdout())).isEqualTo("text\nover\n");
      assertThat(attached.awaitExit()).isZero();
    }
  }

  @Test
  void aTerminalOfAContainerIsAttachedAndResized() throws Exception {
    start(true, "busybox stty -echo; while read line; do busybox stty size; echo got $line; done", Set.of(StreamFlag.STDIN, StreamFlag.TTY));
    try (ProcessStreams attached = monitor.attach(container, TERMINAL)) {
      attached.resize(100, 50);
      write(attached.stdin(), "this\n");
      assertThat(readUntil(attached.stdout(), "got this")).contains("50 100");
    }
  }

  @Test
  void aSlowClientIsCutOffAndNobodyWaitsForIt() throws Exception {
    monitor.start(flagged(pod.shell(container, "read go; dd if=/dev/zero bs=1048576 count=8; read go; dd if=/dev/zero bs=1048576 count=12; echo over; sleep 1000"), Set.of(StreamFlag.STDIN)));
    try (ProcessStreams slow = monitor.attach(container, EnumSet.of(StandardStream.STDOUT));
        ProcessStreams quick = monitor.attach(container, TERMINAL)) {
      write(quick.stdin(), "go\n");
      readExactly(quick.stdout(), 8 << 20);
      write(quick.stdin(), "go\n");
      readExactly(quick.stdout(), 12 << 20);
      assertThat(readUntil(quick.stdout(), "over\n")).isEqualTo("over\n");
      assertThatThrownBy(slow::awaitExit).isInstanceOf(IOException.class).hasMessageContaining("too slowly");
      assertThatThrownBy(() -> count(slow.stdout())).isInstanceOf(IOException.class).hasMessageContaining("too slowly");
    }
  }

  @Test
  void fiveHundredSessionsLeaveTheMonitorAsItWas() throws Exception {
    StartRequest request = flagged(pod.shell(container, "exec sleep 1000"), Set.of(StreamFlag.STDIN));
    monitor.start(request);
    monitor.attach(container, ALL).close();
    monitor.exec(exec(request, ALL, "echo")).close();
    // Some may still be those of the two above, which hides nothing: what leaks, leaks hundreds of times.
    long before = descriptors();
    for (int i = 0; i < 250; i++) {
      monitor.attach(container, ALL).close();
      ProcessStreams exec = monitor.exec(exec(request, ALL, "cat"));
      exec.close();
    }
    untilItHasAtMost(before);
    assertThat(Files.list(Path.of("/proc/" + pod.birth.pid() + "/task"))).hasSize(2);
  }

  @Test
  void aForwardedPortCarriesBothDirectionsToTheirEnds() throws Exception {
    for (String address : List.of("127.0.0.1", "::1")) {
      try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName(address));
          ForwardedPort port = monitor.forward(server.getLocalPort());
          Socket accepted = server.accept()) {
        Thread answer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        accepted.getInputStream().transferTo(accepted.getOutputStream());
                        accepted.getOutputStream().write("end".getBytes(StandardCharsets.UTF_8));
                        accepted.shutdownOutput();
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    });
        write(port, "hello");
        port.shutdownOutput();
        assertThat(readAll(port)).isEqualTo("helloend");
        answer.join();
      }
    }
  }

  @Test
  void aPortWhereNobodyListensIsRefused() throws Exception {
    int free;
    try (ServerSocket server = new ServerSocket(0)) {
      free = server.getLocalPort();
    }
    assertThatThrownBy(() -> monitor.forward(free))
        .isInstanceOfSatisfying(LaunchFailure.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED))
        .hasMessageContaining(String.valueOf(free));
  }

  @Test
  void aForwardedPortEndsWithEitherSide() throws Exception {
    long before = descriptors();
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      ForwardedPort left = monitor.forward(server.getLocalPort());
      try (Socket accepted = server.accept()) {
        left.close();
        assertThat(accepted.getInputStream().read()).isEqualTo(-1);
      }
      try (ForwardedPort reset = monitor.forward(server.getLocalPort())) {
        Socket accepted = server.accept();
        accepted.setSoLinger(true, 0);
        accepted.close();
        assertThat(readAll(reset)).isEmpty();
      }
    }
    untilItHasAtMost(before);
  }

  @Test
  void sixtyFourMegabytesGoThroughAForwardedPort() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ForwardedPort port = monitor.forward(server.getLocalPort());
        Socket accepted = server.accept()) {
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      byte[] chunk = new byte[1 << 18];
                      for (int i = 0; i < 256; i++) {
                        accepted.getOutputStream().write(chunk);
                      }
                      accepted.shutdownOutput();
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
      assertThat(count(port)).isEqualTo(64L << 20);
      sender.join();
    }
  }

  private long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pod.birth.pid() + "/fd"))) {
      return open.count();
    }
  }

  /** Waits until the monitor has no more descriptors than that. Each question lets its loop come round once. */
  private void untilItHasAtMost(long descriptors) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (descriptors() > descriptors && System.nanoTime() < end) {
      monitor.status();
    }
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
  }

  private StartRequest sleeper() throws IOException {
    return start(false, "exec sleep 1000", Set.of());
  }

  private StartRequest start(boolean console, String script, Set<StreamFlag> flags) throws IOException {
    List<PlanOp> mounts = Stream.concat(DEVPTS.stream(), console ? Stream.of(new PlanOp.Console(80, 25)) : Stream.of()).toList();
    StartRequest request = flagged(pod.shell(container, false, List.of(), mounts, script), flags);
    monitor.start(request);
    return request;
  }

  private static StartRequest flagged(StartRequest plain, Set<StreamFlag> flags) {
    return new StartRequest(
        plain.container(), plain.plan(), plain.pidMode(), plain.targetPid(), plain.cgroup2Folder(), plain.logFile(), flags);
  }

  private static StreamedExec exec(StartRequest start, Set<StandardStream> streams, String... argv) {
    return new StreamedExec(
        start.container(), start.plan(), List.of(argv), streams, false, null, null, Map.of(), Duration.ofMillis(200));
  }

  private static StreamedExec terminal(StartRequest start, String... argv) {
    return new StreamedExec(
        start.container(), start.plan(), List.of(argv), TERMINAL, true, null, null, Map.of("TERM", "xterm"), Duration.ofMillis(200));
  }

  private static void write(WritableByteChannel to, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private static long count(ReadableByteChannel from) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(1 << 18);
    long sum = 0;
    for (int count = from.read(chunk); count >= 0; count = from.read(chunk)) {
      sum += count;
      chunk.clear();
    }
    return sum;
  }

  private static void readExactly(ReadableByteChannel from, int length) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining()) {
      assertThat(from.read(all)).isPositive();
    }
  }

  private static String readAll(ReadableByteChannel from) throws IOException {
    return readUntil(from, null);
  }

  /** Reads to the end, or until this was read last. */
  private static String readUntil(ReadableByteChannel from, String last) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    String tail = "";
    while (last == null || !tail.contains(last)) {
      int count = from.read(chunk.clear());
      if (count < 0) {
        break;
      }
      read.write(chunk.array(), 0, count);
      String part = tail + new String(chunk.array(), 0, count, StandardCharsets.UTF_8);
      tail = part.substring(Math.max(0, part.length() - 1000));
    }
    return read.toString(StandardCharsets.UTF_8);
  }
}
