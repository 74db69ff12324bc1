package io.crij.image.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.helper.crypto.HostCrypto;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Five megabytes from openssl(1) by each cipher that registries choose: what the host's library computes, another implementation of TLS understands. */
class TlsCiphersIT {
  private static final int CONTENT_BYTES = 5_000_003;

  @TempDir Path folder;
  private final byte[] content = new byte[CONTENT_BYTES];

  @BeforeEach
  void makeServer() throws Exception {
    new Random(5).nextBytes(content);
    Files.write(folder.resolve("content"), content);
    Process made =
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=a", "-addext", "subjectAltName=IP:127.0.0.1");
    made.inputReader().transferTo(java.io.Writer.nullWriter());
    assertThat(made.waitFor()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "-tls1_3, -ciphersuites, TLS_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256",
    "-tls1_3, -ciphersuites, TLS_AES_256_GCM_SHA384, TLS_AES_256_GCM_SHA384",
    "-tls1_3, -ciphersuites, TLS_CHACHA20_POLY1305_SHA256, TLS_CHACHA20_POLY1305_SHA256",
    "-tls1_2, -cipher, ECDHE-RSA-AES128-GCM-SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "-tls1_2, -cipher, ECDHE-RSA-AES256-GCM-SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  })
  void bringsWhatWasSent(String version, String option, String suite, String name) throws Exception {
    Process server = openssl("s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", "-WWW", version, option, suite);
    try {
      TlsSettings tls = TlsSettings.of(PemFiles.certificates(folder.resolve("cert.pem")), List.of(), false);
      Route route = new Route("127.0.0.1", portOf(server.inputReader()), tls, null, Route.Reach.CONFIGURED);
      try (Socket socket = Dialer.dial(route, Duration.ofSeconds(30))) {
        assertThat(((SSLSocket) socket).getSession().getCipherSuite()).isEqualTo(name);
        socket.getOutputStream().write("GET /content HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] answer = socket.getInputStream().readAllBytes();
        assertThat(Arrays.equals(answer, answer.length - content.length, answer.length, content, 0, content.length)).isTrue();
      }
      assertThat(Cipher.getInstance("AES/GCM/NoPadding").getProvider()).isSameAs(HostCrypto.provider().orElseThrow());
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private static int portOf(BufferedReader output) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("ACCEPT")) {
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
      }
    }
    throw new IOException("openssl s_server ended");
  }

  private Process openssl(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
  }
}
