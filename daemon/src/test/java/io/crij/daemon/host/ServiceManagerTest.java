package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager hears, through a datagram socket that a small program of the system listens on. */
class ServiceManagerTest {
  @TempDir Path folder;

  private static final String RECEIVER =
      "import socket, sys\n"
          + "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
          + "a = sys.argv[1]\n"
          + "s.bind('\\0' + a[1:] if a[0] == '@' else a)\n"
          + "print('bound', flush=True)\n"
          + "while True: print(s.recv(4096).decode().replace('\\n', ' '), flush=True)\n";

  /** A receiver on this address, and what it received. */
  private static final class Receiver implements AutoCloseable {
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    final Process process;

    Receiver(String address) throws Exception {
      process = new ProcessBuilder("python3", "-c", RECEIVER, address).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      InputStream out = process.getInputStream();
      Thread.ofVirtual().start(() -> new java.io.BufferedReader(new java.io.InputStreamReader(out, StandardCharsets.UTF_8)).lines().forEach(lines::add));
      assertThat(take()).isEqualTo("bound");
    }

    String take() throws InterruptedException {
      return String.valueOf(lines.poll(10, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void aPathIsTold() throws Exception {
    String address = folder.resolve("notify").toString();
    try (Receiver receiver = new Receiver(address)) {
      ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", address), 1);
      manager.ready("serving on /run/crij/crij.sock");
      assertThat(receiver.take()).isEqualTo("READY=1 STATUS=serving on /run/crij/crij.sock");
      manager.stopping();
      assertThat(receiver.take()).startsWith("STOPPING=1 ");
      assertThat(manager.watchdog()).isEmpty();
    }
  }

  @Test
  void anAbstractNameIsTold() throws Exception {
    String address = "@crij-test-" + ProcessHandle.current().pid();
    try (Receiver receiver = new Receiver(address)) {
      ServiceManager.of(Map.of("NOTIFY_SOCKET", address), 1).alive();
      assertThat(receiver.take()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void nobodyIsToldWithoutASocketAndNothingFailsWithoutAReceiver() {
    ServiceManager.of(Map.of(), 1).ready("x");
    ServiceManager.of(Map.of("NOTIFY_SOCKET", "garbage"), 1).ready("x");
    ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("none").toString()), 1).ready("x");
    ServiceManager.of(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200)), 1).ready("x");
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
  }

  @Test
  void theWatchdogIsForItsProcessOnly() {
    Map<String, String> both = Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "60000000", "WATCHDOG_PID", "42");
    assertThat(ServiceManager.of(both, 42).watchdog()).contains(Duration.ofMinutes(1));
    assertThat(ServiceManager.of(both, 43).watchdog()).isEmpty();
    assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "soon"), 1).watchdog()).isEmpty();
    assertThat(ServiceManager.of(Map.of("WATCHDOG_USEC", "60000000"), 1).watchdog()).isEmpty();
  }

  @Test
  void aFailingCheckKeepsTheWatchdogSilent() throws Exception {
    String address = folder.resolve("notify").toString();
    AtomicInteger checks = new AtomicInteger();
    try (Receiver receiver = new Receiver(address);
        Watchdog watchdog =
            Watchdog.begin(
                ServiceManager.of(Map.of("NOTIFY_SOCKET", address), 1),
                Duration.ofMillis(20),
                patience -> {
                  if (checks.incrementAndGet() != 3) {
                    throw new java.io.IOException("no answer");
                  }
                })) {
      assertThat(receiver.take()).isEqualTo("WATCHDOG=1");
      assertThat(checks).hasValueGreaterThanOrEqualTo(3);
      assertThat(receiver.lines).as("only the third check went well").isEmpty();
    }
  }

  /** With a pause after it as after a good one, the period would be over before anybody asked again. */
  @Test
  void oneCheckThatFailedLeavesTimeForAnother() throws Exception {
    Duration period = Duration.ofSeconds(36);
    String address = folder.resolve("notify").toString();
    AtomicInteger checks = new AtomicInteger();
    try (Receiver receiver = new Receiver(address);
        Watchdog watchdog =
            Watchdog.begin(
                ServiceManager.of(Map.of("NOTIFY_SOCKET", address), 1),
                period,
                patience -> {
                  assertThat(patience).isEqualTo(Duration.ofSeconds(12));
                  if (checks.incrementAndGet() == 1) {
                    throw new java.io.IOException("no answer");
                  }
                })) {
      assertThat(receiver.take()).isEqualTo("WATCHDOG=1");
      assertThat(checks).hasValue(2);
    }
  }
}
