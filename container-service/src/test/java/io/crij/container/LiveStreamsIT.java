package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.AttachRequest;
import io.crij.cri.ExecRequest;
import io.crij.cri.KeyValue;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Int64Value;
import io.crij.cri.NamespaceMode;
import io.crij.cri.StopContainerRequest;
import io.crij.helper.ForwardedPort;
import io.crij.helper.LaunchFailure;
import io.crij.helper.ProcessStreams;
import io.crij.helper.UserMapping;
import io.crij.helper.UserNamespaceProbe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Exec, attach and forwarded ports of containers as CreateContainer makes them, in the real kernel. Needs root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LiveStreamsIT {
  private RealPod pod;

  @BeforeAll
  void makePod() throws Exception {
    pod = new RealPod(NamespaceMode.CONTAINER, null);
  }

  @AfterEach
  void removeAll() throws Exception {
    pod.removeAll();
  }

  @AfterAll
  void end() throws Exception {
    pod.close();
  }

  @Test
  void anExecAnswersOnTheStreamsThatWereAskedFor() throws Exception {
    String id = pod.running(c -> c);
    ExecRequest request = exec(id, "sh", "-c", "cat; echo bad >&2; exit 5").setStdin(true).setStdout(true).setStderr(true).build();
    try (ProcessStreams streams = new Exec(pod.host).open(request)) {
      write(streams.stdin(), "in\n");
      streams.stdin().close();
      assertThat(readAll(streams.stdout())).isEqualTo("in\n");
      assertThat(readAll(streams.stderr())).isEqualTo("bad\n");
      assertThat(streams.awaitExit()).isEqualTo(5);
    }
  }

  @Test
  void anExecOnATerminalHasJobControlAndATerminalType() throws Exception {
    terminal(pod, pod.running(c -> c), "xterm");
    terminal(pod, pod.running(c -> c.addEnvs(KeyValue.newBuilder().setKey("TERM").setValue(ByteString.copyFromUtf8("vt100")))), "vt100");
  }

  @Test
  void anExecOnATerminalWorksForAnotherUser() throws Exception {
    LinuxContainerSecurityContext context =
        LinuxContainerSecurityContext.newBuilder().setRunAsUser(Int64Value.newBuilder().setValue(1234)).build();
    String id = pod.running(c -> c.setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context)));
    assertThat(terminal(pod, id, "xterm")).contains("uid=1234");
  }

  @Test
  void anExecOnATerminalWorksInAUserNamespace() throws Exception {
    Optional<String> missing = UserNamespaceProbe.missing(pod.spawn, RealPod.CRIJ_POD.toRealPath(), pod.folder);
    assumeTrue(missing.isEmpty(), () -> "no user namespaces for pods here: " + missing.orElseThrow());
    try (RealPod mapped = new RealPod(NamespaceMode.CONTAINER, new UserMapping(1_000_000, 1_000_000, 65_536))) {
      assertThat(terminal(mapped, mapped.running(c -> c), "xterm")).contains("uid=0");
      mapped.removeAll();
    }
  }

  @Test
  void aContainerWithATerminalIsTalkedTo() throws Exception {
    String id = pod.create(c -> c.addAllCommand(List.of("sh")).setTty(true).setStdin(true));
    pod.start(id);
    AttachRequest request = AttachRequest.newBuilder().setContainerId(id).setStdin(true).setStdout(true).setTty(true).build();
    try (ProcessStreams streams = new Attach(pod.host).open(request)) {
      streams.resize(132, 43);
      write(streams.stdin(), "busybox stty -echo; busybox stty size; tty; echo $TERM; exit 6\n");
      assertThat(readAll(streams.stdout())).contains("43 132").contains("/dev/pts/0").contains("xterm");
      assertThat(streams.awaitExit()).isEqualTo(6);
    }
    // The attached client and the daemon hear of the end over connections of their own.
    while (pod.status(id).getState() == io.crij.cri.ContainerState.CONTAINER_RUNNING) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertThat(pod.status(id).getExitCode()).isEqualTo(6);
  }

  @Test
  void inputStaysOpenForTheNextClientUnlessItIsForOne() throws Exception {
    String kept = pod.create(c -> c.addAllCommand(List.of("cat")).setStdin(true));
    pod.start(kept);
    for (int i = 0; i < 3; i++) {
      try (ProcessStreams streams = new Attach(pod.host).open(attach(kept))) {
        write(streams.stdin(), "line " + i + "\n");
        assertThat(readUntil(streams.stdout(), "line " + i + "\n")).isEqualTo("line " + i + "\n");
      }
    }
    String once = pod.create(c -> c.addAllCommand(List.of("sh", "-c", "cat; exit 8")).setStdin(true).setStdinOnce(true));
    pod.start(once);
    try (ProcessStreams streams = new Attach(pod.host).open(attach(once))) {
      write(streams.stdin(), "only\n");
      streams.stdin().close();
      assertThat(readAll(streams.stdout())).isEqualTo("only\n");
      assertThat(streams.awaitExit()).isEqualTo(8);
    }
  }

  @Test
  void aPortIsForwardedIntoThePodsNetwork() throws Exception {
    pod.running(c -> c);
    String id = pod.create(c -> c.addAllCommand(List.of("busybox", "nc", "-ll", "-p", "7070", "-e", "busybox", "cat")));
    pod.start(id);
    pod.shell(id, "until busybox netstat -ltn | grep -q 7070; do sleep 0.05; done");
    try (ForwardedPort port = pod.monitor.forward(7070)) {
      write(port, "to the pod and back");
      port.shutdownOutput();
      assertThat(readAll(port)).isEqualTo("to the pod and back");
    }
    try (ServerSocket ofTheHost = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> pod.monitor.forward(ofTheHost.getLocalPort())).isInstanceOf(LaunchFailure.class);
    }
  }

  @Test
  void requestsThatCannotBeServedAreRefusedBeforeAClientComes() throws Exception {
    String id = pod.running(c -> c.setStdin(true));
    Exec exec = new Exec(pod.host);
    Attach attach = new Attach(pod.host);
    exec.check(exec(id, "sh").setStdin(true).setStdout(true).setTty(true).build());
    attach.check(attach(id));
    refused(ErrorCode.INVALID_ARGUMENT, () -> exec.check(exec(id, "sh").build()));
    refused(ErrorCode.INVALID_ARGUMENT, () -> exec.check(exec(id).setStdout(true).build()));
    refused(ErrorCode.INVALID_ARGUMENT, () -> exec.check(exec(id, "sh").setStderr(true).setTty(true).build()));
    refused(ErrorCode.NOT_FOUND, () -> exec.check(exec("abc", "sh").setStdout(true).build()));
    refused(ErrorCode.INVALID_ARGUMENT, () -> attach.check(attach(id).toBuilder().setTty(true).setStderr(false).build()));
    refused(ErrorCode.NOT_FOUND, () -> attach.check(attach("abc")));
    refused(ErrorCode.FAILED_PRECONDITION, () -> exec.open(exec(id, "no-such-program").setStdout(true).build()));
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(id).build());
    refused(ErrorCode.FAILED_PRECONDITION, () -> exec.check(exec(id, "sh").setStdout(true).build()));
    refused(ErrorCode.FAILED_PRECONDITION, () -> attach.check(attach(id)));
  }

  /** A shell on a terminal of its own; what it said. */
  private static String terminal(RealPod in, String id, String type) throws Exception {
    ExecRequest request = exec(id, "sh", "-i").setStdin(true).setStdout(true).setTty(true).build();
    try (ProcessStreams streams = new Exec(in.host).open(request)) {
      streams.resize(90, 30);
      write(streams.stdin(), "PS1=; busybox stty -echo; busybox stty size; echo type $TERM; id; echo x >/dev/tty && echo rea''dy\n");
      String said = readUntil(streams.stdout(), "ready\r\n");
      assertThat(said).contains("30 90").contains("type " + type).doesNotContain("job control turned off");
      write(streams.stdin(), "sleep 1000 & jobs; kill %1; ps | grep -c '[s]leep 1000'; sh -c \"echo fro''nt; sleep 500\"\n");
      readUntil(streams.stdout(), "front\r\n");
      write(streams.stdin(), "\u0003");
      write(streams.stdin(), "exit 3\n");
      readAll(streams.stdout());
      assertThat(streams.awaitExit()).isEqualTo(3);
      return said;
    }
  }

  private static ExecRequest.Builder exec(String id, String... command) {
    return ExecRequest.newBuilder().setContainerId(id).addAllCmd(List.of(command));
  }

  private static AttachRequest attach(String id) {
    return AttachRequest.newBuilder().setContainerId(id).setStdin(true).setStdout(true).setStderr(true).build();
  }

  private static void refused(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static void write(WritableByteChannel to, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private static String readAll(ReadableByteChannel from) throws IOException {
    return readUntil(from, "\0 never");
  }

  private static String readUntil(ReadableByteChannel from, String last) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 12);
    while (!read.toString(StandardCharsets.UTF_8).endsWith(last)) {
      int count = from.read(chunk.clear());
      if (count < 0) {
        break;
      }
      read.write(chunk.array(), 0, count);
    }
    return read.toString(StandardCharsets.UTF_8);
  }
}
