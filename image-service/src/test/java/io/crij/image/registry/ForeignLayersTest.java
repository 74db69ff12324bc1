package io.crij.image.registry;

import static io.crij.image.testing.ScriptedServer.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.http.PullTimeouts;
import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that are somewhere else than in the registry: fetched from there as from a stranger. */
class ForeignLayersTest {
  private static final Credentials LOGIN = new Credentials("me", "hunter2-very-secret", "", "");
  private static final String BLOB = "0123456789".repeat(1000);
  private static final Digest DIGEST = Digest.of(BLOB.getBytes(StandardCharsets.US_ASCII));
  private static final String BLOB_PATH = "/v2/app/blobs/" + DIGEST;
  private static final PullTimeouts SHORT =
      new PullTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(2), 1000);

  @TempDir Path hosts;
  private ScriptedServer registry;
  private ScriptedServer elsewhere;

  @BeforeEach
  void start() throws IOException {
    registry = new ScriptedServer();
    elsewhere = new ScriptedServer();
    elsewhere.on("/layer", answer(200, BLOB));
  }

  @AfterEach
  void stop() throws IOException {
    registry.close();
    elsewhere.close();
  }

  private RegistryClient client() {
    return new Registries(RegistrySettings.defaults().withHostsFolder(hosts).withTimeouts(SHORT)).client(Reference.parse(registry.host() + "/app:1"), LOGIN);
  }

  private String fetch(String... urls) throws IOException {
    try (InputStream in = client().blob(new Descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", DIGEST, BLOB.length(), List.of(urls)), 0, BLOB.length())) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private String there(String path) {
    return "http://" + elsewhere.host() + path;
  }

  @Test
  void theRegistryIsAskedFirst() throws IOException {
    registry.on(BLOB_PATH, answer(200, BLOB));
    assertThat(fetch(there("/layer"))).isEqualTo(BLOB);
    assertThat(elsewhere.requests).isEmpty();
  }

  /** Neither what the caller gave, nor what the node's files add for the registry. */
  @Test
  void noCredentialsAndNoHeadersGoElsewhere() throws IOException {
    Path folder = Files.createDirectories(hosts.resolve("127.0.0.1_" + registry.port() + "_"));
    Files.writeString(folder.resolve("hosts.toml"), "server = \"http://" + registry.host() + "\"\n[header]\nx-own = \"secret\"\n");
    registry.on(
        BLOB_PATH,
        (request, out) -> out.write((request.authorization().isEmpty() ? answer(401, "", "WWW-Authenticate: Basic realm=\"x\"") : answer(404, "")).getBytes(StandardCharsets.US_ASCII)));
    elsewhere.on("/moved", answer(302, "", "Location: /layer"));
    assertThat(fetch(there("/moved?signature=1"))).isEqualTo(BLOB);
    assertThat(registry.requests).anyMatch(request -> !request.authorization().isEmpty()).allMatch(request -> "secret".equals(request.headers().get("x-own")));
    assertThat(elsewhere.requests).hasSize(2).allSatisfy(request -> {
      assertThat(request.authorization()).isEmpty();
      assertThat(request.headers()).doesNotContainKey("x-own");
    });
  }

  /** Not even when the layer is at the registry itself, outside its API. */
  @Test
  void theRegistryItselfSeesNoCredentialsThere() throws IOException {
    registry.on("/files/layer", answer(200, BLOB));
    assertThat(fetch("http://" + registry.host() + "/files/layer")).isEqualTo(BLOB);
    assertThat(registry.requests.getLast().target()).isEqualTo("/files/layer");
    assertThat(registry.requests.getLast().authorization()).isEmpty();
  }

  @Test
  void theNextUrlIsAskedAndALineThatBreaksIsGoneOnWith() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    elsewhere.on(
        "/layer",
        (request, out) -> {
          if (asked.getAndIncrement() == 0) {
            send(out, "HTTP/1.1 200 X\r\nContent-Length: 10000\r\n\r\n" + BLOB.substring(0, 4000));
            throw new IOException("broken on purpose");
          }
          assertThat(request.headers().get("range")).isEqualTo("bytes=4000-");
          send(out, "HTTP/1.1 206 X\r\nContent-Range: bytes 4000-9999/10000\r\nContent-Length: 6000\r\n\r\n" + BLOB.substring(4000));
        });
    assertThat(fetch(there("/gone"), there("/layer"))).isEqualTo(BLOB);
    assertThat(asked).hasValue(2);
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file:///etc/passwd", "unix:/run/x", "ftp://host/x", "/layer", "layer", "http://user:word@127.0.0.1/x", "", "http://", "\u0000", "http://169.254.169.254/latest"})
  void placesThatNoPullGoesToAreNotGoneTo(String url) {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> fetch(url));
    assertThat(e).as(url).isNotNull();
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.REFUSED);
    assertThat(e).hasMessageContaining("answers 404 for /app/blobs/").hasMessageContaining("of the layer's own urls");
  }

  /** The registry of a stranger may not send us to services of this node. */
  @Test
  void servicesOfThisNodeAreOutOfReachOfAManifestFromElsewhere() throws IOException {
    Path folder = Files.createDirectories(hosts.resolve("registry.example"));
    Files.writeString(folder.resolve("hosts.toml"), "server = \"http://registry.example\"\n[host.\"http://" + registry.host() + "\"]\n");
    RegistryClient client =
        new Registries(RegistrySettings.defaults().withHostsFolder(hosts).withTimeouts(SHORT)).client(Reference.parse("registry.example/app:1"), Credentials.NONE);
    Descriptor layer = new Descriptor("", DIGEST, BLOB.length(), List.of(there("/layer")));
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> client.blob(layer, 0, layer.size()).close());
    assertThat(e).hasMessageContaining("is not one that a server may send us to");
    assertThat(elsewhere.requests).isEmpty();
  }

  @Test
  void httpIsNotAskedForWhatARegistryWithTlsNames() throws IOException {
    Path folder = Files.createDirectories(hosts.resolve("registry.example"));
    Files.writeString(folder.resolve("hosts.toml"), "server = \"https://127.0.0.1:" + registry.port() + "\"\n");
    RegistryClient client =
        new Registries(RegistrySettings.defaults().withHostsFolder(hosts).withTimeouts(SHORT)).client(Reference.parse("registry.example/app:1"), Credentials.NONE);
    Descriptor layer = new Descriptor("", DIGEST, BLOB.length(), List.of(there("/layer")));
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> client.blob(layer, 0, layer.size()).close());
    assertThat(e).hasMessageContaining("from https to http");
    assertThat(elsewhere.requests).isEmpty();
  }

  @Test
  void aLayerThatIsNowhereIsSaidSo() {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> fetch(there("/gone")));
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND);
    assertThat(e).hasMessageContaining("; of the layer's own urls, " + elsewhere.host() + " answers 404");
  }
}
