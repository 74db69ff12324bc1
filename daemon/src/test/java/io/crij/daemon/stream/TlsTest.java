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
import java.nio.file.StandardCopyOption;
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
    SelfSigned identity = identity();
    Path cert = pem("cert.pem", "CERTIFICATE", identity.certificate().getEncoded());
    Path key = pem("key.pem", "PRIVATE KEY", identity.key().getEncoded());
    try (StreamServer server = serve(cert, key)) {
      try (SSLSocket socket = connect(url(server), identity.certificate())) {
        assertThat(SpdyClient.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      }
    }
  }

  @Test
  void aRotatedCertificateIsUsedFromTheNextUrlOnAndABrokenOneIsNot() throws Exception {
    SelfSigned first = identity();
    SelfSigned second = identity();
    Path folder = Files.createDirectory(this.folder.resolve("kubelet"));
    // As kubelet has it: certificate and key in one file, which a link leads to.
    Path link = Files.createSymbolicLink(folder.resolve("current.pem"), both(folder.resolve("1.pem"), first, first));
    try (StreamServer server = serve(link, link)) {
      served(server, first);
      relink(link, both(folder.resolve("broken.pem"), first, second));
      served(server, first);
      relink(link, folder.resolve("missing.pem"));
      served(server, first);
      String before = url(server);
      relink(link, both(folder.resolve("2.pem"), second, second));
      served(server, second);
      try (SSLSocket socket = connect(before, second.certificate())) {
        assertThat(SpdyClient.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  private static SelfSigned identity() throws IOException {
    return SelfSigned.make(InetAddress.ofLiteral("127.0.0.1"));
  }

  private static void relink(Path link, Path to) throws IOException {
    Path fresh = Files.createSymbolicLink(link.resolveSibling("fresh"), to);
    Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path both(Path file, SelfSigned cert, SelfSigned key) throws Exception {
    return Files.writeString(file, text("CERTIFICATE", cert.certificate().getEncoded()) + text("PRIVATE KEY", key.key().getEncoded()));
  }

  private static StreamServer serve(Path cert, Path key) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    return StreamServer.listen(new StreamSettings(address, StreamTls.ofFiles(cert, key), Duration.ofHours(1)), new FakeBackend());
  }

  private static void served(StreamServer server, SelfSigned identity) throws Exception {
    try (SSLSocket socket = connect(url(server), identity.certificate())) {
      assertThat(SpdyClient.head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
    }
  }

  private static String url(StreamServer server) {
    String url = server.exec(ExecRequest.newBuilder().setContainerId("c").addCmd("x").setStdout(true).build()).getUrl();
    assertThat(url).startsWith("https://127.0.0.1:");
    return url;
  }

  /** A client that takes this certificate only, and has asked for its stream. */
  private static SSLSocket connect(String url, X509Certificate certificate) throws Exception {
    URI uri = URI.create(url);
    SSLSocket socket = (SSLSocket) trusting(certificate).getSocketFactory().createSocket(uri.getHost(), uri.getPort());
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
    return socket;
  }

  @Test
  void aCertificateThatCannotBeUsedIsNamed() throws Exception {
    Path nothing = Files.writeString(folder.resolve("empty.pem"), "");
    assertThatThrownBy(() -> StreamTls.ofFiles(nothing, nothing)).isInstanceOf(IOException.class).hasMessageContaining("empty.pem");
    assertThatThrownBy(() -> StreamTls.ofFiles(folder.resolve("no.pem"), nothing)).isInstanceOf(IOException.class).hasMessageContaining("no.pem");
    Path cert = pem("cert.pem", "CERTIFICATE", identity().certificate().getEncoded());
    Path key = pem("key.pem", "PRIVATE KEY", identity().key().getEncoded());
    assertThatThrownBy(() -> StreamTls.ofFiles(cert, key)).isInstanceOf(IOException.class).hasMessageContaining("is not that of the first certificate");
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
    return Files.writeString(folder.resolve(name), text(kind, der));
  }

  private static String text(String kind, byte[] der) {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }
}
