package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.cri.ExecRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests before and without an upgrade. */
class HttpTest {
  private static final String SPDY = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n";
  private static final String WEBSOCKET = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private final StreamTestServer server = StreamTestServer.started();

  @AfterEach
  void close() {
    server.close();
  }

  private static String ask(String url, String method, String headers) throws IOException {
    URI uri = URI.create(url);
    return raw(uri, method + " " + uri.getRawPath() + " HTTP/1.1\r\nHost: node\r\n" + headers + "\r\n");
  }

  private static String raw(URI uri, String request) throws IOException {
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      String head = SpdyClient.head(socket.getInputStream());
      boolean closes = head.contains("connection: close");
      return closes ? head + new String(socket.getInputStream().readAllBytes(), US_ASCII) : head;
    }
  }

  @Test
  void aUrlHasTheKindAnAddressAndAToken() {
    assertThat(server.exec("o")).matches("http://127\\.0\\.0\\.1:[0-9]+/exec/[A-Za-z0-9_-]{22}");
    assertThat(server.attach("o")).contains("/attach/");
    assertThat(server.forward()).contains("/portforward/");
  }

  @Test
  void aRequestThatIsRefusedGetsNoUrl() {
    assertThatThrownBy(() -> server.server.exec(ExecRequest.getDefaultInstance())).isInstanceOf(CriException.class);
  }

  @Test
  void guessedUsedAndMisusedTokensAreNotFound() throws IOException {
    String url = server.exec("o");
    String base = url.substring(0, url.lastIndexOf("/exec/"));
    List<String> wrong =
        List.of(
            base + "/exec/AAAAAAAAAAAAAAAAAAAAAA", base + "/exec/", base + "/", url + "x", base + "/debug/pprof", base + "/exec/../../etc/passwd");
    for (String guess : wrong) {
      assertThat(ask(guess, "POST", SPDY)).startsWith("HTTP/1.1 404 ");
    }
    assertThat(ask(url, "POST", SPDY)).startsWith("HTTP/1.1 101 ");
    assertThat(ask(url, "POST", SPDY)).startsWith("HTTP/1.1 404 ");
    assertThat(ask(server.exec("o").replace("/exec/", "/attach/"), "POST", SPDY)).startsWith("HTTP/1.1 404 ");
    assertThat(server.backend.nothingStarted()).isTrue();
  }

  @Test
  void withoutAnUpgradeThereIsNothing() throws IOException {
    assertThat(ask(server.exec("o"), "GET", "")).startsWith("HTTP/1.1 400 ").contains("upgrade");
    assertThat(ask(server.exec("o"), "GET", "Connection: Upgrade\r\nUpgrade: h2c\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(ask(server.exec("o"), "POST", "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n")).startsWith("HTTP/1.1 400 ").contains("X-Stream-Protocol-Version");
  }

  @Test
  void protocolsThatAreNotKnownAreRefusedWithThoseThatAre() throws IOException {
    String unknown = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v9.channel.k8s.io\r\n";
    assertThat(ask(server.exec("o"), "POST", unknown))
        .startsWith("HTTP/1.1 403 ")
        .containsIgnoringCase("X-Accepted-Stream-Protocol-Versions: v5.channel.k8s.io")
        .containsIgnoringCase("X-Accepted-Stream-Protocol-Versions: channel.k8s.io");
    assertThat(ask(server.forward(), "POST", SPDY)).startsWith("HTTP/1.1 403 ").contains("portforward.k8s.io");
    assertThat(ask(server.exec("o"), "GET", WEBSOCKET + KEY + "Sec-WebSocket-Protocol: chat, v3.channel.k8s.io\r\n")).startsWith("HTTP/1.1 403 ");
  }

  @Test
  void aWebSocketHandshakeIsAnsweredAsTheRfcShows() throws IOException {
    String answer = ask(server.exec("o"), "GET", WEBSOCKET + KEY + "Sec-WebSocket-Protocol: chat, v4.channel.k8s.io\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 101 ")
        .containsIgnoringCase("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        .containsIgnoringCase("sec-websocket-protocol: v4.channel.k8s.io");
    assertThat(ask(server.exec("o"), "POST", WEBSOCKET + KEY)).startsWith("HTTP/1.1 400 ");
    assertThat(ask(server.exec("o"), "GET", WEBSOCKET + "Sec-WebSocket-Key: short\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(ask(server.exec("o"), "GET", WEBSOCKET.replace("13", "8") + KEY)).startsWith("HTTP/1.1 426 ");
  }

  @Test
  void whatIsNoHttpEndsTheConnectionAndNoOther() throws IOException {
    URI uri = URI.create(server.exec("o"));
    assertThat(raw(uri, "\u0001\u0002\u0003\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(raw(uri, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(raw(uri, "GET / HTTP/1.1\r\nX: " + "a".repeat(50_000) + "\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(raw(uri, "POST " + uri.getPath() + " HTTP/1.1\r\n" + SPDY + "Content-Length: 5\r\n\r\nhello")).startsWith("HTTP/1.1 400 ");
    assertThat(ask(server.exec("o"), "POST", SPDY)).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void aConnectionWithoutAByteIsClosedAndItsProcessEnded() throws Exception {
    try (StreamTestServer idle = new StreamTestServer(Duration.ofMillis(300));
        SpdyClient client = new SpdyClient(idle.exec("o"), "v4.channel.k8s.io")) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      FakeProcess process = idle.backend.next();
      client.until(() -> false);
      assertThat(client.ended).isTrue();
      assertThat(process.closed.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void connectionsThatSayNothingDoNotKeepOthersOut() throws IOException {
    URI uri = URI.create(server.exec("o"));
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < FirstRequestLimit.MOST + 20; i++) {
        silent.add(new Socket(uri.getHost(), uri.getPort()));
      }
      assertThat(ask(server.exec("o"), "POST", SPDY)).startsWith("HTTP/1.1 101 ");
      // The oldest had to make room.
      silent.getFirst().setSoTimeout(20_000);
      assertThat(endOf(silent.getFirst().getInputStream())).isEqualTo(-1);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private static int endOf(InputStream in) throws IOException {
    try {
      return in.read();
    } catch (SocketException reset) {
      return -1;
    }
  }
}
