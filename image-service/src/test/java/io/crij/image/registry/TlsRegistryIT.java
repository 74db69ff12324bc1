package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crij.image.content.Reference;
import io.crij.image.http.ProxyRules;
import io.crij.image.http.PullTimeouts;
import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries behind TLS with certificates that openssl(1) makes for each test: which are trusted, which are shown, and what a failure says. */
class TlsRegistryIT {
  private static final String MANIFEST = "/v2/app/manifests/1";
  private static final PullTimeouts SHORT =
      new PullTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(5), 100);

  @TempDir Path folder;
  private ScriptedServer server;

  @BeforeEach
  void authority() throws Exception {
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA");
    certificate("server", "IP:127.0.0.1,DNS:localhost", "2");
    server = tls("server", false);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void openssl(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Path log = folder.resolve("openssl.log");
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor()).as("openssl %s: %s", command, Files.readString(log)).isZero();
  }

  private void certificate(String name, String alternativeNames, String days) throws Exception {
    Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=" + alternativeNames + "\n");
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name);
    openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", name + ".pem", "-days", days, "-extfile", name + ".ext");
  }

  private ScriptedServer tls(String name, boolean wantsClient) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    PrivateKey key = io.crij.image.http.PemFiles.privateKey(folder.resolve(name + ".key"));
    keys.setKeyEntry("server", key, new char[0], io.crij.image.http.PemFiles.certificates(folder.resolve(name + ".pem")).toArray(new Certificate[0]));
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", io.crij.image.http.PemFiles.certificates(folder.resolve("ca.pem")).getFirst());
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, new char[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
    SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    listener.setNeedClientAuth(wantsClient);
    return new ScriptedServer(listener).on(MANIFEST, ScriptedServer.answer(200, "{}"));
  }

  private void hosts(String text) throws IOException {
    Path own = Files.createDirectories(folder.resolve("hosts").resolve(server.host().replace(':', '_') + "_"));
    Files.writeString(own.resolve("hosts.toml"), text);
  }

  private Registries registries(ProxyRules proxies) {
    return new Registries(RegistrySettings.defaults().withHostsFolder(folder.resolve("hosts")).withTimeouts(SHORT).withProxies(proxies));
  }

  private int pull(Registries registries) throws IOException {
    return registries.client(Reference.parse(server.host() + "/app:1"), Credentials.NONE).manifest("1", "*/*", 100).bytes().length;
  }

  private RegistryException refusal() {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> pull(registries(ProxyRules.NONE)));
    assertThat(e).isNotNull();
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
    return e;
  }

  private String https() {
    return "server = \"https://" + server.host() + "\"\n";
  }

  @Test
  void anAuthorityOfItsOwnIsTrustedForTheServerThatNamesIt() throws Exception {
    hosts(https());
    assertThat(refusal()).hasMessageContaining("TLS failed").hasMessageContaining("certification path");
    hosts(https() + "ca = \"../../ca.pem\"\n");
    assertThat(pull(registries(ProxyRules.NONE))).isEqualTo(2);
    hosts(https() + "skip_verify = true\n");
    assertThat(pull(registries(ProxyRules.NONE))).isEqualTo(2);
  }

  @Test
  void aChangeOfTheFileIsSeenByTheNextPull() throws Exception {
    Registries registries = registries(ProxyRules.NONE);
    hosts(https());
    assertThat(catchThrowableOfType(RegistryException.class, () -> pull(registries))).isNotNull();
    hosts(https() + "ca = [\"../../ca.pem\"]\n");
    assertThat(pull(registries)).isEqualTo(2);
  }

  @Test
  void dockersCertificateFolderServesWhereThereIsNoHostsFile() throws Exception {
    Path own = Files.createDirectories(folder.resolve("hosts").resolve(server.host()));
    Files.copy(folder.resolve("ca.pem"), own.resolve("ca.crt"));
    assertThat(pull(registries(ProxyRules.NONE))).isEqualTo(2);
  }

  @Test
  void aNameThatTheCertificateDoesNotHaveIsRefused() throws Exception {
    server.close();
    certificate("elsewhere", "DNS:elsewhere.example", "2");
    server = tls("elsewhere", false);
    hosts(https() + "ca = \"../../ca.pem\"\n");
    assertThat(refusal()).hasMessageContaining("TLS failed").hasMessageContaining("127.0.0.1");
  }

  @Test
  void anExpiredCertificateIsRefusedAndPlainHttpIsNoWayOut() throws Exception {
    server.close();
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.key", "-out", "old.csr", "-subj", "/CN=old");
    Files.writeString(folder.resolve("old.ext"), "subjectAltName=IP:127.0.0.1\n");
    Files.writeString(folder.resolve("index.txt"), "");
    Files.writeString(folder.resolve("serial"), "01\n");
    Files.writeString(
        folder.resolve("ca.cnf"),
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\nprivate_key=ca.key\ncertificate=ca.pem\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n");
    openssl("ca", "-batch", "-config", "ca.cnf", "-in", "old.csr", "-out", "old.pem", "-notext", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-extfile", "old.ext");
    server = tls("old", false);
    hosts(https() + "ca = \"../../ca.pem\"\n");
    assertThat(refusal()).hasMessageContaining("TLS failed").hasMessageContaining("NotAfter");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void anExpiredCertificateIsRefusedAlsoWhereItIsItselfTheOneThatIsTrusted() throws Exception {
    server.close();
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.key", "-out", "old.csr", "-subj", "/CN=old");
    Files.writeString(folder.resolve("old.ext"), "subjectAltName=IP:127.0.0.1\n");
    openssl("x509", "-req", "-in", "old.csr", "-signkey", "old.key", "-out", "old.pem", "-days", "-1", "-extfile", "old.ext");
    server = tls("old", false);
    hosts(https() + "ca = \"../../old.pem\"\n");
    assertThat(refusal()).hasMessageContaining("TLS failed").hasMessageContaining("NotAfter");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void anAddressThatNoStrangerMaySendUsToIsNotAskedForThroughAProxyEither() throws Exception {
    try (ScriptedServer proxy = new ScriptedServer(); ScriptedServer plain = new ScriptedServer()) {
      proxy.on("*", ScriptedServer.answer(200, "{}"));
      plain.on(MANIFEST, ScriptedServer.answer(307, "", "Location: http://169.254.169.254/latest/meta-data"));
      Registries registries = registries(ProxyRules.of("http://" + proxy.host(), "", ""));
      RegistryException e = catchThrowableOfType(RegistryException.class, () -> registries.client(Reference.parse(plain.host() + "/app:1"), Credentials.NONE).manifest("1", "*/*", 100));
      assertThat(e).hasMessageContaining("169.254.169.254");
      assertThat(proxy.requests).isEmpty();
    }
  }

  @Test
  void aClientCertificateIsShownToItsServerAndNoOther() throws Exception {
    certificate("client", "DNS:node", "2");
    openssl("rsa", "-in", "client.key", "-traditional", "-out", "client1.key");
    server.close();
    server = tls("server", true);
    hosts(https() + "ca = \"../../ca.pem\"\n");
    assertThat(refusal()).hasMessageContaining(server.host());
    for (String key : List.of("client.key", "client1.key")) {
      hosts(https() + "ca = \"../../ca.pem\"\nclient = [[\"../../client.pem\", \"../../" + key + "\"]]\n");
      assertThat(pull(registries(ProxyRules.NONE))).as(key).isEqualTo(2);
    }
    try (ScriptedServer storage = tls("server", true)) {
      storage.on("/blob", ScriptedServer.answer(200, "{}"));
      server.on(MANIFEST, ScriptedServer.answer(307, "", "Location: https://" + storage.host() + "/blob"));
      RegistryException e = catchThrowableOfType(RegistryException.class, () -> pull(registries(ProxyRules.NONE)));
      assertThat(e).hasMessageContaining(storage.host());
      assertThat(storage.requests).isEmpty();
    }
  }

  @Test
  void httpsIsNeverLeftForHttp() throws Exception {
    try (ScriptedServer plain = new ScriptedServer()) {
      plain.on("*", ScriptedServer.answer(200, "{}"));
      server.on(MANIFEST, ScriptedServer.answer(307, "", "Location: http://" + plain.host() + "/x"));
      hosts(https() + "ca = \"../../ca.pem\"\n");
      RegistryException e = catchThrowableOfType(RegistryException.class, () -> pull(registries(ProxyRules.NONE)));
      assertThat(e).hasMessageContaining("from https to http");
      server.on(MANIFEST, ScriptedServer.answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + plain.host() + "/token\""));
      assertThat(catchThrowableOfType(RegistryException.class, () -> pull(registries(ProxyRules.NONE)))).hasMessageContaining("token service that cannot be used");
      assertThat(plain.requests).isEmpty();
    }
  }

  @Test
  void aProxyIsAskedForATunnelAndSeesNothingOfWhatGoesThroughIt() throws Exception {
    // Loopback is never proxied, so the registry gets a name that only the proxy knows.
    AtomicReference<String> seen = new AtomicReference<>("");
    certificate("named", "DNS:registry.test", "2");
    server.close();
    server = tls("named", false);
    Path own = Files.createDirectories(folder.resolve("hosts").resolve("registry.test"));
    Files.writeString(own.resolve("hosts.toml"), "ca = \"../../ca.pem\"\n");
    try (ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> tunnel(listener, seen));
      ProxyRules rules = ProxyRules.of("", "http://user:pass@127.0.0.1:" + listener.getLocalPort(), "");
      byte[] answer = registries(rules).client(Reference.parse("registry.test/app:1"), Credentials.NONE).manifest("1", "*/*", 100).bytes();
      assertThat(answer).hasSize(2);
      assertThat(seen.get()).startsWith("CONNECT registry.test:443 HTTP/1.1").contains("Proxy-Authorization: Basic dXNlcjpwYXNz");
      assertThat(server.requests).hasSize(1).allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("proxy-authorization"));
    }
    ProxyRules broken = ProxyRules.of("", "http://user:pass@127.0.0.1:1", "");
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> registries(broken).client(Reference.parse("registry.test/app:1"), Credentials.NONE).manifest("1", "*/*", 100));
    assertThat(e).hasMessageContaining("http proxy 127.0.0.1:1 cannot be reached").hasMessageNotContaining("pass@");
  }

  private void tunnel(ServerSocket listener, AtomicReference<String> seen) {
    try (Socket client = listener.accept();
        Socket target = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      StringBuilder head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        head.append((char) client.getInputStream().read());
      }
      seen.set(head.toString());
      client.getOutputStream().write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      Thread back = Thread.ofVirtual().start(() -> copy(target, client));
      copy(client, target);
      back.join();
    } catch (IOException | InterruptedException e) {
      seen.compareAndSet("", String.valueOf(e));
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One side is done.
    }
  }
}
