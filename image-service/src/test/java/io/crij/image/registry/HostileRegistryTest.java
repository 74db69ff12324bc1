package io.crij.image.registry;

import static io.crij.image.testing.ScriptedServer.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.Reference;
import io.crij.image.http.PullTimeouts;
import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that lie, stall and lead astray: each ends in a typed error that holds no secret, and credentials stay where they belong. */
class HostileRegistryTest {
  private static final String SECRET = "hunter2-very-secret";
  private static final Credentials LOGIN = new Credentials("me", SECRET, "", "");
  private static final byte[] BLOB = "0123456789".repeat(1000).getBytes(StandardCharsets.US_ASCII);
  private static final Descriptor DESCRIPTOR = new Descriptor("application/octet-stream", Digest.of(BLOB), BLOB.length);
  private static final String BLOB_PATH = "/v2/app/blobs/" + DESCRIPTOR.digest();
  private static final String MANIFEST = "/v2/app/manifests/1";
  private static final PullTimeouts SHORT =
      new PullTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(2), 1000);

  @TempDir Path hosts;
  private ScriptedServer registry;
  private ScriptedServer other;

  @BeforeEach
  void start() throws IOException {
    registry = new ScriptedServer();
    other = new ScriptedServer();
  }

  @AfterEach
  void stop() throws IOException {
    registry.close();
    other.close();
  }

  private RegistryClient client(Credentials credentials) {
    return new Registries(RegistrySettings.defaults().withHostsFolder(hosts).withTimeouts(SHORT)).client(Reference.parse(registry.host() + "/app:1"), credentials);
  }

  private RegistryException refusal(Credentials credentials) {
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> client(credentials).manifest("1", "*/*", 1000));
    assertThat(e).isNotNull();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      assertThat(String.valueOf(cause.getMessage())).doesNotContain(SECRET).doesNotContain(Base64.getEncoder().encodeToString(("me:" + SECRET).getBytes(StandardCharsets.UTF_8)));
    }
    return e;
  }

  private void mirror(String text) throws IOException {
    Path folder = Files.createDirectories(hosts.resolve("127.0.0.1_" + registry.port() + "_"));
    Files.writeString(folder.resolve("hosts.toml"), "server = \"http://" + registry.host() + "\"\n[host.\"http://" + other.host() + "\"]\n" + text);
  }

  private byte[] pullBlob() throws IOException {
    try (InputStream in = client(Credentials.NONE).blob(DESCRIPTOR, 0, DESCRIPTOR.size())) {
      return in.readAllBytes();
    }
  }

  @Test
  void credentialsDoNotCrossToAnotherPort() {
    other.on("*", answer(401, "", "WWW-Authenticate: Basic realm=\"x\""));
    registry.on(MANIFEST, (request, out) -> {
      boolean known = !request.authorization().isEmpty();
      String next = known ? answer(307, "", "Location: http://" + other.host() + "/stolen?x=1") : answer(401, "", "WWW-Authenticate: Basic realm=\"x\"");
      out.write(next.getBytes(StandardCharsets.ISO_8859_1));
    });
    assertThat(refusal(LOGIN).kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(registry.requests).extracting(ScriptedServer.Request::authorization).anyMatch(text -> text.startsWith("Basic "));
    assertThat(other.requests).isNotEmpty().allSatisfy(request -> assertThat(request.authorization()).isEmpty());
  }

  @Test
  void mirrorsSeeTheirOwnCredentialsOnly() throws IOException {
    Files.writeString(hosts.resolve("mirror.json"), "{\"auths\": {\"" + other.host() + "\": {\"username\": \"mirror\", \"password\": \"own\"}}}");
    mirror("credentials = \"../mirror.json\"\n");
    other.on(MANIFEST, (request, out) -> out.write((request.authorization().isEmpty() ? answer(401, "", "WWW-Authenticate: Basic realm=\"x\"") : answer(404, "")).getBytes(StandardCharsets.ISO_8859_1)));
    registry.on(MANIFEST, (request, out) -> out.write((request.authorization().isEmpty() ? answer(401, "", "WWW-Authenticate: Basic realm=\"x\"") : answer(200, "{}")).getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(client(LOGIN).manifest("1", "*/*", 1000).bytes()).hasSize(2);
    String own = "Basic " + Base64.getEncoder().encodeToString("mirror:own".getBytes(StandardCharsets.UTF_8));
    assertThat(other.requests).extracting(ScriptedServer.Request::authorization).containsExactly("", own);
    assertThat(other.requests.getFirst().target()).endsWith("?ns=127.0.0.1%3A" + registry.port());
    assertThat(registry.requests).extracting(ScriptedServer.Request::authorization).containsExactly("", LOGIN.basicHeader());
  }

  @Test
  void aRegistryThatNeverTakesALoginIsAskedTwice() {
    registry.on(MANIFEST, answer(401, SECRET, "WWW-Authenticate: Basic realm=\"x\""));
    assertThat(refusal(LOGIN).kind()).isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(registry.requests).hasSize(2);
  }

  @Test
  void tokensAreKeptForTheSameCredentialsAndFetchedAnewWhenRefused() throws IOException {
    AtomicInteger issued = new AtomicInteger();
    registry.on("/token", (request, out) -> out.write(answer(200, "{\"token\": \"t" + issued.incrementAndGet() + "\", \"expires_in\": 300}").getBytes(StandardCharsets.ISO_8859_1)));
    String challenge = "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\",scope=\"repository:app:pull\"";
    registry.on(MANIFEST, (request, out) ->
        out.write((request.authorization().equals("Bearer t" + Math.max(issued.get(), 1)) ? answer(200, "{}") : answer(401, "", challenge)).getBytes(StandardCharsets.ISO_8859_1)));
    Registries registries = new Registries(RegistrySettings.defaults().withTimeouts(SHORT));
    Reference reference = Reference.parse(registry.host() + "/app:1");
    registries.client(reference, LOGIN).manifest("1", "*/*", 1000);
    registries.client(reference, LOGIN).manifest("1", "*/*", 1000);
    assertThat(issued).as("one login serves both pulls").hasValue(1);
    registries.client(reference, new Credentials("you", "other", "", "")).manifest("1", "*/*", 1000);
    assertThat(issued).as("other credentials log in for themselves").hasValue(2);
    registries.client(reference, LOGIN).manifest("1", "*/*", 1000);
    assertThat(issued).as("a token that is no longer taken is fetched anew, once").hasValue(3);
    assertThat(registry.requests.stream().filter(request -> request.target().startsWith("/token"))).extracting(ScriptedServer.Request::target).allMatch(target -> target.endsWith("?service=s&scope=repository%3Aapp%3Apull"));
  }

  @Test
  void anIdentityTokenIsPostedAndNotPutInAUrl() throws IOException {
    registry.on("/token", answer(200, "{\"access_token\": \"t\"}"));
    registry.on(MANIFEST, (request, out) ->
        out.write((request.authorization().equals("Bearer t") ? answer(200, "{}") : answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"")).getBytes(StandardCharsets.ISO_8859_1)));
    client(new Credentials("", "", SECRET, "")).manifest("1", "*/*", 1000);
    ScriptedServer.Request post = registry.requests.stream().filter(request -> request.target().startsWith("/token")).findFirst().orElseThrow();
    assertThat(post.method()).isEqualTo("POST");
    assertThat(post.target()).isEqualTo("/token");
    assertThat(post.body()).contains("grant_type=refresh_token").contains("refresh_token=" + SECRET).contains("scope=repository%3Aapp%3Apull");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "not json", "{}", "[]", "{\"token\": 5}", "{\"token\": \"a\\r\\nX-Evil: 1\"}", "{\"token\": \"\"}", "{\"token\": {\"a\": 1}}", "{\"token\":\"a b\"}"
      })
  void aTokenThatIsNoneIsRefused(String body) {
    registry.on("/token", answer(200, body));
    registry.on(MANIFEST, answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
    RegistryException e = refusal(LOGIN);
    assertThat(e.kind()).isIn(RegistryException.Kind.REFUSED, RegistryException.Kind.UNAUTHORIZED);
    assertThat(registry.requests.size()).isLessThanOrEqualTo(3);
  }

  @Test
  void anEndlessTokenIsGivenUp() {
    registry.on("/token", (request, out) -> {
      out.write("HTTP/1.1 200 OK\r\n\r\n{\"token\": \"".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 10_000; i++) {
        out.write(new byte[10_000]);
      }
    });
    registry.on(MANIFEST, answer(401, "", "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\""));
    assertThat(refusal(LOGIN).kind()).isEqualTo(RegistryException.Kind.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "unix:///run/crij.sock", "", "//", "ftp://x/y", "http://user@x/y", "http:///x", "http://x:99999/", "not a url"})
  void placesThatNoPullGoesToAreNotGoneTo(String place) {
    registry.on(MANIFEST, answer(307, "", "Location: " + place));
    assertThat(refusal(LOGIN).kind()).isIn(RegistryException.Kind.REFUSED);
    registry.on(MANIFEST, answer(401, "", "WWW-Authenticate: Bearer realm=\"" + place + "\""));
    assertThat(refusal(LOGIN).kind()).isEqualTo(RegistryException.Kind.REFUSED);
  }

  @Test
  void metadataServicesAreOutOfReach() {
    registry.on(MANIFEST, answer(307, "", "Location: http://169.254.169.254/latest/meta-data"));
    assertThat(refusal(LOGIN)).hasMessageContaining("169.254.169.254").extracting(RegistryException::kind).isEqualTo(RegistryException.Kind.REFUSED);
  }

  @Test
  void redirectsAreFollowedFiveTimes() {
    registry.on("*", (request, out) -> out.write(answer(307, "", "Location: " + request.target() + "x").getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(refusal(LOGIN)).hasMessageContaining("redirects more than 5 times");
    assertThat(registry.requests).hasSize(6);
  }

  @Test
  void aRegistryThatAsksForPatienceGetsSomeAndNotYears() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    registry.on(MANIFEST, (request, out) -> out.write((asked.incrementAndGet() == 1 ? answer(429, "", "Retry-After: 1") : answer(200, "{}")).getBytes(StandardCharsets.ISO_8859_1)));
    long start = System.nanoTime();
    client(Credentials.NONE).manifest("1", "*/*", 1000);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));

    registry.on(MANIFEST, answer(429, "", "Retry-After: 315360000"));
    int before = registry.requests.size();
    RegistryException e = refusal(Credentials.NONE);
    assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNAVAILABLE);
    assertThat(e).hasMessageContaining("asks to come back in more than a day");
    assertThat(registry.requests.size()).isEqualTo(before + 1);

    registry.on(MANIFEST, answer(503, "", "Retry-After: soon"));
    assertThat(refusal(Credentials.NONE).kind()).isEqualTo(RegistryException.Kind.UNAVAILABLE);
  }

  @Test
  void theNextServerIsAskedWhenOneFails() throws IOException {
    mirror("");
    registry.on(MANIFEST, answer(200, "{}"));
    for (String failure : List.of(answer(500, ""), answer(429, "", "Retry-After: 100000"), answer(404, ""), answer(403, ""), "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-Test: \r\n\r\n")) {
      other.on(MANIFEST, (request, out) -> {
        out.write(failure.getBytes(StandardCharsets.ISO_8859_1));
        if (failure.contains("X-Test")) {
          throw new IOException("broken off on purpose");
        }
      });
      assertThat(client(LOGIN).manifest("1", "*/*", 1000).bytes()).as(failure).hasSize(2);
    }
    other.close();
    assertThat(client(LOGIN).manifest("1", "*/*", 1000).bytes()).as("a mirror that is away").hasSize(2);
  }

  @Test
  void aHeadThatDripsAndABodyThatStallsEndTheWait() throws IOException {
    mirror("");
    other.on(MANIFEST, (request, out) -> drip(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    registry.on(MANIFEST, answer(200, "{}"));
    assertThat(client(LOGIN).manifest("1", "*/*", 1000).bytes()).hasSize(2);
    other.on(BLOB_PATH, (request, out) -> {
      out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + BLOB.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(BLOB, 0, 5000);
      other.hang();
    });
    registry.on(BLOB_PATH, this::ranged);
    assertThat(pullBlob()).isEqualTo(BLOB);
    assertThat(registry.requests.getLast().headers()).containsEntry("range", "bytes=5000-");
  }

  private static void drip(java.io.OutputStream out, String text) throws IOException {
    for (char c : text.toCharArray()) {
      out.write(c);
      try {
        Thread.sleep(500);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private void ranged(ScriptedServer.Request request, java.io.OutputStream out) throws IOException {
    String range = request.headers().getOrDefault("range", "bytes=0-");
    int from = Integer.parseInt(range.substring(6, range.indexOf('-')));
    String head = "HTTP/1.1 206 Partial\r\nContent-Range: bytes " + from + "-" + (BLOB.length - 1) + "/" + BLOB.length + "\r\nContent-Length: " + (BLOB.length - from) + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    out.write(BLOB, from, BLOB.length - from);
  }

  @Test
  void aBlobThatBreaksOffIsGoneOnWith() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    registry.on(BLOB_PATH, (request, out) -> {
      if (asked.incrementAndGet() == 1) {
        out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + BLOB.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(BLOB, 0, 777);
        throw new IOException("broken off on purpose");
      }
      ranged(request, out);
    });
    assertThat(pullBlob()).isEqualTo(BLOB);
    assertThat(registry.requests).extracting(request -> request.headers().getOrDefault("range", "")).containsExactly("", "bytes=777-");
  }

  @Test
  void aServerThatSendsAnotherPartThanAskedForIsNotBelieved() {
    registry.on(BLOB_PATH, "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/10000\r\nContent-Length: 10\r\n\r\n0123456789");
    RegistryException e = catchThrowableOfType(RegistryException.class, () -> client(Credentials.NONE).part(DESCRIPTOR, 100, 10));
    assertThat(e).hasMessageContaining("another part");
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheStart() throws IOException {
    registry.on(BLOB_PATH, answer(200, new String(BLOB, StandardCharsets.US_ASCII)));
    try (InputStream body = client(Credentials.NONE).blob(DESCRIPTOR, 100, BLOB.length)) {
      assertThat(body.readNBytes(5)).isEqualTo("01234".getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(client(Credentials.NONE).part(DESCRIPTOR, 100, 10)).as("a part of it").isEmpty();
  }

  /** As from a proxy that caps answers, or one that ends them: its 200 is whole, each of its 206 is not. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerWhosePartsAreCutOffIsReadFromTheStart(boolean ended) throws IOException {
    registry.on(BLOB_PATH, (request, out) -> {
      String range = request.headers().getOrDefault("range", "");
      if (range.isEmpty()) {
        out.write(answer(200, new String(BLOB, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII));
        return;
      }
      int from = Integer.parseInt(range.substring(6, range.indexOf('-')));
      int length = Math.min(10, BLOB.length - from);
      String head = "HTTP/1.1 206 Partial\r\nContent-Range: bytes " + from + "-" + (BLOB.length - 1) + "/" + BLOB.length + "\r\nContent-Length: " + (ended ? length : BLOB.length - from) + "\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(BLOB, from, length);
      if (!ended) {
        throw new IOException("broken off on purpose");
      }
    });
    try (InputStream in = client(Credentials.NONE).blob(DESCRIPTOR, 100, BLOB.length)) {
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(BLOB, 100, BLOB.length));
    }
    assertThat(registry.requests).extracting(request -> request.headers().getOrDefault("range", "")).endsWith("").filteredOn(String::isEmpty).hasSize(1);
    assertThat(registry.requests.size()).isEqualTo(ended ? 2 : 6);
  }

  @Test
  void aServerThatNeverSendsAllOfItIsGivenUp() {
    registry.on(BLOB_PATH, (request, out) -> {
      String range = request.headers().getOrDefault("range", "bytes=0-");
      int from = Integer.parseInt(range.substring(6, range.indexOf('-')));
      boolean part = request.headers().containsKey("range");
      String head = part ? "206 Partial\r\nContent-Range: bytes " + from + "-" + (BLOB.length - 1) + "/" + BLOB.length : "200 OK";
      out.write(("HTTP/1.1 " + head + "\r\nContent-Length: " + (BLOB.length - from) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(BLOB, from, Math.min(500, BLOB.length - from));
      throw new IOException("broken off on purpose");
    });
    assertThat(catchThrowableOfType(RegistryException.class, this::pullBlob).kind()).isEqualTo(RegistryException.Kind.UNAVAILABLE);
    assertThat(registry.requests.size()).isLessThanOrEqualTo(12);
  }

  @Test
  void partsComeStraightFromWhereTheRegistrySentUs() throws IOException {
    String landing = "http://" + other.host() + "/signed";
    registry.on(BLOB_PATH, answer(307, "", "Location: " + landing));
    other.on("/signed", this::ranged);
    RegistryClient client = client(Credentials.NONE);
    for (int from = 0; from < 3000; from += 1000) {
      try (InputStream part = client.part(DESCRIPTOR, from, 1000).orElseThrow()) {
        assertThat(part.readNBytes(1000)).isEqualTo(Arrays.copyOfRange(BLOB, from, from + 1000));
      }
    }
    assertThat(registry.requests).as("questions to the registry").hasSize(1);
    assertThat(other.requests).hasSize(3).allSatisfy(request -> assertThat(request.authorization()).isEmpty());
  }

  @Test
  void aPlaceThatGivesTheBlobNoLongerIsAskedForAnew() throws IOException {
    registry.on(BLOB_PATH, answer(307, "", "Location: http://" + other.host() + "/signed"));
    other.on("/signed", this::ranged);
    RegistryClient client = client(Credentials.NONE);
    client.part(DESCRIPTOR, 0, 10).orElseThrow().close();
    other.on("/signed", answer(403, "expired"));
    other.on("/fresh", this::ranged);
    registry.on(BLOB_PATH, answer(307, "", "Location: http://" + other.host() + "/fresh"));
    try (InputStream part = client.part(DESCRIPTOR, 20, 10).orElseThrow()) {
      assertThat(part.readNBytes(10)).isEqualTo(Arrays.copyOfRange(BLOB, 20, 30));
    }
    assertThat(other.requests).extracting(ScriptedServer.Request::target).containsExactly("/signed", "/signed", "/fresh");
  }

  @Test
  void anEndlessManifestIsGivenUp() {
    registry.on(MANIFEST, (request, out) -> {
      out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      while (true) {
        out.write(new byte[10_000]);
      }
    });
    assertThat(catchThrowableOfType(HostileContentException.class, () -> client(LOGIN).manifest("1", "*/*", 1000))).hasMessageContaining("larger than 1000 bytes");
  }

  @Test
  void whatServersSaidIsCounted() throws IOException {
    Registries registries = new Registries(RegistrySettings.defaults().withHostsFolder(hosts).withTimeouts(SHORT));
    AtomicInteger asked = new AtomicInteger();
    registry.on(BLOB_PATH, (request, out) -> {
      switch (asked.incrementAndGet()) {
        case 1 -> out.write("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        case 2 -> out.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        default -> ranged(request, out);
      }
    });
    try (InputStream in = registries.client(Reference.parse(registry.host() + "/app:1"), Credentials.NONE).blob(DESCRIPTOR, 1, BLOB.length)) {
      in.readAllBytes();
    }
    ServerTraffic counted = registries.traffic().getFirst();
    assertThat(registries.traffic()).hasSize(1);
    assertThat(counted).isEqualTo(new ServerTraffic("http://" + registry.host(), 3, 1, 1, counted.bytes()));
    assertThat(counted.bytes()).isBetween(BLOB.length - 9000L, BLOB.length - 1L);
  }

  @Test
  void countsOfEverNewServersAreBounded() {
    TrafficAccounts accounts = new TrafficAccounts();
    for (int i = 0; i < 1000; i++) {
      accounts.answered("https://" + i + ".example:443", 200);
    }
    assertThat(accounts.now()).hasSize(65).last().isEqualTo(new ServerTraffic(ServerTraffic.OTHERS, 936, 0, 0, 0));
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws IOException {
    try (Socket taken = new Socket()) { // A port that nobody listens at and nobody else can get.
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String host = "127.0.0.1:" + taken.getLocalPort();
      RegistryClient client = new Registries(RegistrySettings.defaults().withTimeouts(SHORT)).client(Reference.parse(host + "/app:1"), LOGIN);
      RegistryException e = catchThrowableOfType(RegistryException.class, () -> client.manifest("1", "*/*", 1000));
      assertThat(e.kind()).isEqualTo(RegistryException.Kind.UNREACHABLE);
      assertThat(e).hasMessageContaining(host).hasMessageContaining("refused");
    }
  }

  @Test
  void anInterruptEndsAWait() throws Exception {
    registry.on(MANIFEST, (request, out) -> registry.hang());
    Throwable[] thrown = {null};
    Thread puller = Thread.ofVirtual().start(() -> thrown[0] = catchThrowableOfType(Throwable.class, () -> client(LOGIN).manifest("1", "*/*", 1000)));
    while (registry.requests.isEmpty()) {
      Thread.onSpinWait();
    }
    puller.interrupt();
    assertThat(puller.join(Duration.ofSeconds(20))).isTrue();
    assertThat(thrown[0]).isInstanceOf(java.io.InterruptedIOException.class);
  }
}
