package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.AuthConfig;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.image.content.Digest;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's docker-registry, which holds what is pushed to it over its own API. Needs root. */
class RealRegistryIT {
  private static final String PASSWORD = "correct horse";
  /** bcrypt of it, as htpasswd(1) writes it. */
  private static final String PASSWORD_HASH = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

  @TempDir Path scratch;
  private Process process;
  private String host;

  @BeforeEach
  void start() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    host = "127.0.0.1:" + port;
    start("", "");
  }

  /** Starts it on what it already holds. */
  private void start(String http, String more) throws Exception {
    Path config = scratch.resolve("registry.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: " + scratch.resolve("registry") + "}}\nhttp: {addr: '" + host + "'" + http + "}\n" + more);
    process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(new File(scratch.resolve("registry.log").toString()))
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!answers()) {
      assertThat(System.nanoTime()).as("docker-registry answers within 30 s").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  private boolean answers() {
    try {
      return open("GET", URI.create("http://" + host + "/v2/")).getResponseCode() > 0; // 400 where it expects TLS
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatWasPushedIsPulled() throws IOException {
    TestImage image =
        new TestImage()
            .layer(tar -> tar.folder("bin", 0755).file("bin/tool", 04755, 0, 0, "tool"))
            .layer(TestImage.Packing.ZSTD, tar -> tar.folder("srv", 0755).file("srv/page", "hello"));
    image.layers().forEach(layer -> push(layer.blob()));
    push(image.configBytes());
    HttpURLConnection put = open("PUT", URI.create("http://" + host + "/v2/team/app/manifests/1"));
    put.setRequestProperty("Content-Type", Manifests.OCI_MANIFEST);
    put.setDoOutput(true);
    put.getOutputStream().write(image.manifestBytes());
    assertThat(put.getResponseCode()).isEqualTo(201);

    ImageStore store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    String reference = host + "/team/app:1";
    store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(reference)).build());

    LocalImage local = store.images().resolve(reference).orElseThrow();
    assertThat(local.id()).isEqualTo(Digest.of(image.configBytes()).toString());
    assertThat(local.repoDigests()).containsExactly(host + "/team/app@" + Digest.of(image.manifestBytes()));
    assertThat(Files.readString(local.layersBase().resolve(local.lowerNames().get(0)).resolve("srv/page"))).isEqualTo("hello");
    Path tool = local.layersBase().resolve(local.lowerNames().get(1)).resolve("bin/tool");
    assertThat((int) Files.getAttribute(tool, "unix:mode") & 07777).isEqualTo(04755);
  }

  @Test
  void aRegistryWithPasswordsBehindTlsIsLoggedInTo() throws Exception {
    TestImage image = new TestImage().layer(tar -> tar.file("page", "hello"));
    push(image.layers().getFirst().blob());
    push(image.configBytes());
    HttpURLConnection put = open("PUT", URI.create("http://" + host + "/v2/team/app/manifests/1"));
    put.setRequestProperty("Content-Type", Manifests.OCI_MANIFEST);
    put.setDoOutput(true);
    put.getOutputStream().write(image.manifestBytes());
    assertThat(put.getResponseCode()).isEqualTo(201);
    stop();
    Process openssl =
        new ProcessBuilder(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1")
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("openssl.log").toFile())
            .start();
    assertThat(openssl.waitFor()).isZero();
    Files.writeString(scratch.resolve("passwords"), "me:" + PASSWORD_HASH + "\n");
    start(
        ", tls: {certificate: " + scratch.resolve("cert.pem") + ", key: " + scratch.resolve("key.pem") + "}",
        "auth: {htpasswd: {realm: test, path: " + scratch.resolve("passwords") + "}}\n");

    Path hosts = Files.createDirectories(scratch.resolve("hosts").resolve(host));
    ImageStore store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults().withRegistryConfig(scratch.resolve("hosts")));
    AuthConfig right = AuthConfig.newBuilder().setUsername("me").setPassword(PASSWORD).build();
    assertThatThrownBy(() -> pull(store, right)).hasMessageStartingWith("RegistryUnavailable: ").hasMessageContaining("TLS failed");

    Files.writeString(hosts.resolve("hosts.toml"), "server = \"https://" + host + "\"\nca = \"" + scratch.resolve("cert.pem") + "\"\n");
    AuthConfig wrong = right.toBuilder().setPassword("wrong battery").build();
    for (AuthConfig refused : List.of(AuthConfig.getDefaultInstance(), wrong, right.toBuilder().setServerAddress("other.example").build())) {
      assertThatThrownBy(() -> pull(store, refused))
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED))
          .hasMessageNotContaining("battery");
    }
    assertThat(pull(store, right)).isEqualTo(Digest.of(image.configBytes()).toString());
    String pair = Base64.getEncoder().encodeToString(("me:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    pull(store, AuthConfig.newBuilder().setAuth(pair).setServerAddress("https://" + host + "/v2/").build());
    assertThatThrownBy(() -> pull(store, wrong)).as("nobody has an image because another was let in").isInstanceOf(CriException.class);
  }

  private String pull(ImageStore store, AuthConfig auth) {
    ImageSpec spec = ImageSpec.newBuilder().setImage(host + "/team/app:1").build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec).setAuth(auth).build()).getImageRef();
  }

  private void push(byte[] blob) {
    try {
      HttpURLConnection post = open("POST", URI.create("http://" + host + "/v2/team/app/blobs/uploads/"));
      post.setDoOutput(true);
      post.getOutputStream().close();
      assertThat(post.getResponseCode()).isEqualTo(202);
      URI upload = URI.create("http://" + host).resolve(post.getHeaderField("Location"));
      HttpURLConnection put = open("PUT", URI.create(upload + "&digest=" + Digest.of(blob)));
      put.setDoOutput(true);
      put.setRequestProperty("Content-Type", "application/octet-stream");
      put.getOutputStream().write(blob);
      assertThat(put.getResponseCode()).isEqualTo(201);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static HttpURLConnection open(String method, URI url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
    connection.setRequestMethod(method);
    return connection;
  }
}
