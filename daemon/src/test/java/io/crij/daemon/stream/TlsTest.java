package io.crij.daemon.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cri.ExecRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir Path folder;

  @Test
  void theCertificateOfItsOwnIsOneThatTheJdkTrustsForItsAddresses() throws Exception {
    SelfSigned identity = SelfSigned.make(InetAddress.ofLiteral("192.0.2.1"));
    X509Certificate certificate = identity.certificate();
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity();
    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getSubjectAlternativeNames().toString()).contains("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "192.0.2.1");
    assertThat(SelfSigned.make(InetAddress.ofLiteral("::1")).certificate().getSerialNumber()).isNotEqualTo(certificate.getSerialNumber());
  }

  @Test
  void streamsAreServedOverTlsWithGivenFiles() throws Exception {
    SelfSigned identity = SelfSigned.make(InetAddress.ofLiteral("127.0.0.1"));
    Path cert = pem("cert.pem", "CERTIFICATE", identity.certificate().getEncoded());
    Path key = pem("key.pem", "PRIVATE KEY", identity.key().getEncoded());
    StreamSettings settings =
        new StreamSettings(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), StreamTls.ofFiles(cert, key), Duration.ofHours(1));
    FakeBackend backend = new FakeBackend();
    try (StreamServer server = StreamServer.listen(settings, backend)) {
      String url = server.exec(ExecRequest.newBuilder().setContainerId("c").addCmd("x").setStdout(true).build()).getUrl();
      assertThat(url).startsWith("https://127.0.0.1:");
      URI uri = URI.create(url);
      try (SSLSocket socket = (SSLSocket) trusting(identity.certificate()).getSocketFactory().createSocket(uri.getHost(), uri.getPort())) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(20_000);
        socket
            .getOutputStream()
            .write(
                ("POST " + uri.getPath() + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
                        + "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n")
                    .getBytes(US_ASCII));
        assertThat(SpdyClient.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      }
    }
  }

  @Test
  void aCertificateThatCannotBeUsedIsNamed() throws IOException {
    Path nothing = Files.writeString(folder.resolve("empty.pem"), "");
    assertThatThrownBy(() -> StreamTls.ofFiles(nothing, nothing)).isInstanceOf(IOException.class).hasMessageContaining("empty.pem");
    assertThatThrownBy(() -> StreamTls.ofFiles(folder.resolve("no.pem"), nothing)).isInstanceOf(IOException.class).hasMessageContaining("no.pem");
  }

  private static SSLContext trusting(X509Certificate certificate) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("server", certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private Path pem(String name, String kind, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der);
    return Files.writeString(folder.resolve(name), "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
  }
}
