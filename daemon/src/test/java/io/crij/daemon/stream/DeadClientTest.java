package io.crij.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeadClientTest {
  /** Of /proc/net/tcp: the kind of the timer that runs, and when it is due in hundredths of a second. */
  private static final String KEEPALIVE = "02";

  private static final int DUE_AT_MOST = 31 * 100;

  /** As proc_pid_net(5) shows the server's end of the connection: the next question is about half a minute off, not two hours. */
  @Test
  void aClientThatFallsSilentIsAskedWhetherItIsThere() throws Exception {
    try (StreamTestServer server = new StreamTestServer();
        SpdyClient client = new SpdyClient(server.exec("o"), "v4.channel.k8s.io")) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      client.until(() -> client.replied.size() == 2);
      List<String> timer = timer(client.socket.getPort(), client.socket.getLocalPort());
      assertThat(timer.getFirst()).isEqualTo(KEEPALIVE);
      assertThat(Integer.parseInt(timer.getLast(), 16)).isLessThanOrEqualTo(DUE_AT_MOST);
    }
  }

  private static List<String> timer(int local, int remote) throws Exception {
    String ends = ".*:%04X \\p{XDigit}+:%04X .*".formatted(local, remote);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < end) {
      List<String> line = Stream.of("tcp", "tcp6").flatMap(DeadClientTest::table).filter(each -> each.matches(ends)).toList();
      List<String> timer = List.of(line.getFirst().trim().split(" +", -1)[5].split(":", -1));
      // Another timer runs until the client's kernel has acknowledged the answers, which it does at once.
      if (timer.getFirst().equals(KEEPALIVE)) {
        return timer;
      }
    }
    throw new AssertionError("no keepalive is set for the client");
  }

  private static Stream<String> table(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/net", name)).stream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
