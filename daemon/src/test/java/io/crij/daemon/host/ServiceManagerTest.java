package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager hears on its datagram socket. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServiceManagerTest {
  @TempDir Path folder;

  /** A service manager's socket at this address. */
  private static final class Receiver implements AutoCloseable {
    private final UnixDatagramChannel channel = UnixDatagramChannel.open();

    Receiver(String address) throws IOException {
      channel.bind(new UnixSocketAddress(address.startsWith("@") ? "\0" + address.substring(1) : address));
    }

    /** What was sent before, which is here: both ends are of one kernel. */
    String take() throws IOException {
      ByteBuffer datagram = ByteBuffer.allocate(4096);
      channel.receive(datagram);
      return StandardCharsets.UTF_8.decode(datagram.flip()).toString().replace('\n', ' ');
    }

    @Override
    public void close() throws IOException {
      channel.close();
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
    ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", address), 1);
    AtomicInteger checks = new AtomicInteger();
    try (Receiver receiver = new Receiver(address);
        Watchdog watchdog =
            Watchdog.begin(
                manager,
                Duration.ofMillis(20),
                patience -> {
                  if (checks.incrementAndGet() != 3) {
                    throw new java.io.IOException("no answer");
                  }
                })) {
      assertThat(receiver.take()).isEqualTo("WATCHDOG=1");
      assertThat(checks).hasValueGreaterThanOrEqualTo(3);
      manager.stopping();
      assertThat(receiver.take()).as("only the third check went well").startsWith("STOPPING=1");
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
