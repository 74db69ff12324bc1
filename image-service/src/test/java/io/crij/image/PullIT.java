package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import io.crij.cri.AuthConfig;
import io.crij.cri.Image;
import io.crij.cri.ImageFilter;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageSpec;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.image.content.Digest;
import io.crij.image.content.FolderMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pulls from a scripted registry: what ends up on disk and in the answers, and that failures leave nothing. Needs root. */
class PullIT {
  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults().withRegistryConfig(scratch.resolve("hosts")));
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private static TestImage small() {
    return new TestImage()
        .layer(tar -> tar.folder("etc", 0755).file("etc/passwd", "root:x:0:0::/root:/bin/sh\n").file("etc/group", "root:x:0:\n"));
  }

  private String pull(String reference) {
    return pull(reference, AuthConfig.getDefaultInstance());
  }

  private String pull(String reference, AuthConfig auth) {
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec(reference)).setAuth(auth).build()).getImageRef();
  }

  private static ImageSpec spec(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }

  private Image status(String reference) {
    return store.imageStatus().run(ImageStatusRequest.newBuilder().setImage(spec(reference)).build()).getImage();
  }

  private void remove(String reference) {
    store.removeImage().run(RemoveImageRequest.newBuilder().setImage(spec(reference)).build());
  }

  private LocalImage local(String reference) {
    return store.images().resolve(reference).orElseThrow();
  }

  private Path top(String reference) {
    LocalImage image = local(reference);
    return image.layersBase().resolve(image.lowerNames().getFirst());
  }

  private List<Path> everythingOnDisk() throws IOException {
    try (Stream<Path> all = Files.walk(scratch.resolve("images"))) {
      return all.filter(path -> !List.of("", "images", "l", "layers", "i", "tmp", "partial", "seals", "unsynced.json").contains(path.getFileName().toString())).toList();
    }
  }

  @Test
  void aTaggedImageIsKnownByAllItsNames() {
    Digest digest = registry.put("team/app", "one", small());
    String id = pull(registry.host() + "/team/app:one");

    String tag = registry.host() + "/team/app:one";
    String byDigest = registry.host() + "/team/app@" + digest;
    assertThat(id).startsWith("sha256:").hasSize(71);
    assertThat(status(tag).getRepoTagsList()).containsExactly(tag);
    assertThat(status(tag).getRepoDigestsList()).containsExactly(byDigest);
    assertThat(status(tag).getSize()).isPositive();
    for (String name : List.of(id, id.substring(7), id.substring(7, 20), byDigest)) {
      assertThat(status(name)).as(name).isEqualTo(status(tag));
    }
    assertThat(new String(local(tag).passwd(), StandardCharsets.UTF_8)).isEqualTo("root:x:0:0::/root:/bin/sh\n");
    assertThat(local(tag).lowerNames()).allMatch(name -> name.length() <= 8);
  }

  @Test
  void anImagePulledByDigestHasNoTag() {
    Digest digest = registry.put("app", "x", small());
    String reference = registry.host() + "/app@" + digest;
    pull(reference);
    assertThat(status(reference).getRepoTagsList()).isEmpty();
    assertThat(status(reference).getRepoDigestsList()).containsExactly(reference);
  }

  @Test
  void theSameContentUnderSeveralTagsIsOneImageAndGoesWithAllOfThem() throws IOException {
    for (String tag : List.of("1", "2", "3")) {
      registry.put("tags", tag, small());
    }
    String id = pull(registry.host() + "/tags:1");
    assertThat(pull(registry.host() + "/tags:2")).isEqualTo(id);
    assertThat(pull(registry.host() + "/tags:3")).isEqualTo(id);
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImagesList()).hasSize(1);
    assertThat(status(id).getRepoTagsList()).hasSize(3);
    remove(id);
    assertThat(status(id).getId()).isEmpty();
    assertThat(status(registry.host() + "/tags:2").getId()).isEmpty();
    remove(id);
    assertThat(everythingOnDisk()).isEmpty();
  }

  @Test
  void aTagThatMovesLeavesTheOldImageWithoutIt() {
    registry.put("app", "latest", small());
    String old = pull(registry.host() + "/app");
    registry.put("app", "latest", small().layer(tar -> tar.file("new", "x")));
    String fresh = pull(registry.host() + "/app");
    assertThat(fresh).isNotEqualTo(old);
    assertThat(status(old).getRepoTagsList()).isEmpty();
    assertThat(status(registry.host() + "/app:latest").getId()).isEqualTo(fresh);
    ListImagesRequest filtered =
        ListImagesRequest.newBuilder().setFilter(ImageFilter.newBuilder().setImage(spec(registry.host() + "/app"))).build();
    assertThat(store.listImages().run(filtered).getImagesList()).extracting(Image::getId).containsExactly(fresh);
  }

  @ParameterizedTest
  @EnumSource(TestImage.Packing.class)
  void everyPackingIsUnpacked(TestImage.Packing packing) throws IOException {
    String content = "0123456789".repeat(100_000);
    registry.put("app", "1", new TestImage().layer(packing, tar -> tar.file("big", 0640, 7, 8, content)));
    pull(registry.host() + "/app:1");
    assertThat(Files.readString(top(registry.host() + "/app:1").resolve("big"))).isEqualTo(content);
    assertThat(Files.getAttribute(top(registry.host() + "/app:1").resolve("big"), "unix:uid")).isEqualTo(7);
  }

  @Test
  void theManifestForThisNodeIsTakenFromAnIndex() {
    TestImage mine = small();
    TestImage other = small().user("other");
    registry.put("multi", "mine", mine);
    registry.put("multi", "other", other);
    ObjectNode index = Json.OWN.createObjectNode();
    index.put("schemaVersion", 2).put("mediaType", Manifests.DOCKER_LIST);
    var entries = index.putArray("manifests");
    TestImage.describe(entries.addObject(), Manifests.OCI_MANIFEST, other.manifestBytes()).putObject("platform").put("os", "linux").put("architecture", "s390x");
    TestImage.describe(entries.addObject(), Manifests.OCI_MANIFEST, mine.manifestBytes())
        .putObject("platform")
        .put("os", "linux")
        .put("architecture", Platform.ofThisNode().architecture());
    Digest digest = registry.manifest("multi", "all", Manifests.DOCKER_LIST, TestImage.bytes(index));
    String id = pull(registry.host() + "/multi:all");
    assertThat(id).isEqualTo(Digest.of(mine.configBytes()).toString());
    assertThat(status(id).getRepoDigestsList()).containsExactly(registry.host() + "/multi@" + digest);
  }

  @Test
  void aLayerThatTheRegistryMayNotHoldComesFromItsUrl() throws IOException {
    byte[] tar = TestImage.Tar.of(to -> to.file("foreign", "from elsewhere"));
    byte[] blob = TestImage.Packing.GZIP.pack(tar);
    TestImage image = small().blob(tar, blob, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
    ObjectNode manifest = image.manifest().put("mediaType", Manifests.DOCKER_MANIFEST);
    try (FakeRegistry elsewhere = new FakeRegistry()) {
      elsewhere.blob("files", blob);
      ((ObjectNode) manifest.path("layers").get(1)).putArray("urls").add("http://" + elsewhere.host() + "/v2/files/blobs/" + Digest.of(blob));
      registry.blob("app", image.configBytes());
      registry.blob("app", image.layers().getFirst().blob());
      registry.manifest("app", "1", Manifests.DOCKER_MANIFEST, TestImage.bytes(manifest));
      pull(registry.host() + "/app:1");
      assertThat(elsewhere.seen()).hasSize(1);
    }
    assertThat(top(registry.host() + "/app:1").resolve("foreign")).hasContent("from elsewhere");
  }

  @Test
  void userOfTheImageIsAnIdOrAName() {
    for (String user : List.of("1002", "www-data", "1003:1004", "www-data:1004", "")) {
      registry.put("u", "x", small().user(user));
      Image image = status(pull(registry.host() + "/u:x"));
      String name = user.contains(":") ? user.substring(0, user.indexOf(':')) : user;
      boolean number = name.matches("[0-9]+");
      assertThat(image.hasUid()).isEqualTo(number);
      assertThat(image.getUid().getValue()).isEqualTo(number ? Long.parseLong(name) : 0);
      assertThat(image.getUsername()).isEqualTo(number ? "" : name);
    }
  }

  @Test
  void layersThatImplyParentsAndLinkBelowAreFinishedWithWhatLiesBelow() throws IOException {
    registry.put(
        "chain",
        "1",
        new TestImage()
            .layer(tar -> tar.folder("./", 0711).folder("tmp", 01777).folder("opt", 0700).file("opt/data", 0604, 3, 4, "data"))
            .layer(tar -> tar.file("tmp/x", "x").hardLink("linked", "opt/data")));
    pull(registry.host() + "/chain:1");
    Path top = top(registry.host() + "/chain:1");
    assertThat((int) Files.getAttribute(top.resolve("tmp"), "unix:mode") & 07777).isEqualTo(01777);
    assertThat((int) Files.getAttribute(top.resolve("opt"), "unix:mode") & 07777).isEqualTo(0700);
    assertThat(Files.readString(top.resolve("linked"))).isEqualTo("data");
    assertThat(Files.getAttribute(top.resolve("linked"), "unix:ino")).isEqualTo(Files.getAttribute(top.resolve("opt/data"), "unix:ino"));
    assertThat((int) Files.getAttribute(top.resolve("linked"), "unix:mode") & 07777).isEqualTo(0604);
    assertThat(local(registry.host() + "/chain:1").root()).isEqualTo(new FolderMode(0711, 0, 0));
  }

  @Test
  void anOpaqueFolderWithoutAnEntryKeepsItsModeAndOneMadeAnewDoesNot() throws IOException {
    registry.put(
        "opaque",
        "1",
        new TestImage()
            .layer(tar -> tar.folder("emptied", 0700).file("emptied/old", "old").folder("deleted", 0700).file("deleted/old", "old"))
            .layer(tar -> tar.file("emptied/.wh..wh..opq", "").file("emptied/new", "new").file("deleted/new", "new").file(".wh.deleted", "")));
    pull(registry.host() + "/opaque:1");
    Path top = top(registry.host() + "/opaque:1");
    assertThat((int) Files.getAttribute(top.resolve("emptied"), "unix:mode") & 07777).isEqualTo(0700);
    assertThat((int) Files.getAttribute(top.resolve("deleted"), "unix:mode") & 07777).isEqualTo(0755);
  }

  @Test
  void aHoleAtTheEndOfASparseFileIsPartOfIt() throws IOException {
    registry.put(
        "sparse",
        "1",
        new TestImage()
            .layer(
                tar ->
                    tar.add("pax", TarConstants.LF_PAX_EXTENDED_HEADER_LC, entry -> {}, "22 GNU.sparse.major=1\n31 GNU.sparse.realsize=3145728\n")
                        .file("hole", String.format("%-512s", "2\n0\n4\n3145728\n0\n") + "data")));
    pull(registry.host() + "/sparse:1");
    Path file = top(registry.host() + "/sparse:1").resolve("hole");
    assertThat(Files.size(file)).isEqualTo(3145728);
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("data\0");
  }

  @Test
  void anEntryWinsOverAWhiteoutOfItsName() throws Exception {
    registry.put(
        "wh",
        "1",
        new TestImage()
            .layer(tar -> tar.folder("d", 0755).file("d/old", "old").file("f", "old").file("gone", "x"))
            .layer(
                tar ->
                    tar.file(".wh.d", "").folder("d", 0750).file("d/new", "new").file("f", "new").file(".wh.f", "").file(".wh.gone", "")));
    pull(registry.host() + "/wh:1");
    Path merged = Files.createDirectory(scratch.resolve("merged"));
    LocalImage image = local(registry.host() + "/wh:1");
    run("mount", "-t", "overlay", "overlay", "-o", "ro,lowerdir=" + String.join(":", image.lowerNames().stream().map(n -> image.layersBase().resolve(n).toString()).toList()), merged.toString());
    try (Stream<Path> all = Files.walk(merged)) {
      assertThat(all.map(path -> merged.relativize(path).toString())).containsExactlyInAnyOrder("", "d", "d/new", "f");
      assertThat(Files.readString(merged.resolve("f"))).isEqualTo("new");
    } finally {
      run("umount", merged.toString());
    }
  }

  @Test
  void layersInUseStayWhenTheImageGoes() throws IOException {
    registry.put("app", "1", small());
    String id = pull(registry.host() + "/app:1");
    ObjectId container = ObjectId.random();
    LocalImage image = store.uses().acquire(container, id);
    remove(id);
    assertThat(store.images().resolve(id)).isEmpty();
    assertThat(image.layersBase().resolve(image.lowerNames().getFirst()).resolve("etc/passwd")).exists();
    store.uses().release(container);
    store.uses().release(container);
    assertThat(everythingOnDisk()).isEmpty();
    assertThatThrownBy(() -> store.uses().acquire(container, id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void aTreeWithoutARecordStaysForAContainerThatStandsOnIt() throws IOException {
    registry.put("app", "1", small());
    LocalImage image = local(pull(registry.host() + "/app:1"));
    String layer = image.lowerNames().getFirst();
    Files.writeString(scratch.resolve("images/layers").resolve(layer + ".json"), "torn");
    ImageStore again = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    ObjectId container = ObjectId.random();
    again.uses().adopt(container, image.lowerNames());
    again.uses().adopt(ObjectId.random(), List.of());
    again.uses().release(ObjectId.random());
    registry.put("other", "1", new TestImage().layer(tar -> tar.file("x", "x")));
    again.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(registry.host() + "/other:1")).build());
    assertThat(image.layersBase().resolve(layer).resolve("etc/passwd")).exists();
    again.uses().release(container);
    assertThat(image.layersBase().resolve(layer)).doesNotExist();
  }

  @Test
  void whatALongWindedImageSaysIsReadFromTheDisk() throws IOException {
    String account = "u".repeat(60_000) + ":x:7:7::/home:/bin/sh\n";
    registry.put("app", "1", new TestImage().user("7").layer(tar -> tar.folder("etc", 0755).file("etc/passwd", account)));
    String id = pull(registry.host() + "/app:1");
    assertThat(local(id).passwd()).isEqualTo(account.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImages(0).getUid().getValue()).isEqualTo(7);
    pull(registry.host() + "/app:1");
    assertThat(store.uses().acquire(ObjectId.random(), id).passwd()).hasSize(account.length());
    ImageStore again = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    assertThat(again.images().resolve(id).orElseThrow().passwd()).hasSize(account.length());
    assertThat(again.images().resolve(id).orElseThrow().config()).isEqualTo(local(id).config());
  }

  @Test
  void aSecondOpenFindsTheImagesAndClearsLeftovers() throws IOException {
    registry.put("app", "1", small());
    String id = pull(registry.host() + "/app:1");
    Files.createDirectories(scratch.resolve("images/tmp/w7/made"));
    Files.createDirectories(scratch.resolve("images/l/orphan/x"));
    ImageStore again = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    LocalImage image = again.images().resolve(id).orElseThrow();
    assertThat(image.passwd()).isEqualTo(local(id).passwd());
    assertThat(image.config()).isEqualTo(local(id).config());
    again.reconcile();
    await(() -> Files.notExists(scratch.resolve("images/tmp/w7")) && Files.notExists(scratch.resolve("images/l/orphan")));
    assertThat(again.imageFsInfo().run(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystems(0).getUsedBytes().getValue())
        .isPositive();
  }

  @Test
  void aDeadRegistryIsUnavailable() {
    int port = registry.port();
    registry.close();
    assertThatThrownBy(() -> pull("127.0.0.1:" + port + "/app:1"))
        .isInstanceOfSatisfying(
            CriException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN);
              assertThat(e.getMessage()).startsWith("RegistryUnavailable").contains("127.0.0.1:" + port);
            });
  }

  @Test
  void whatTheRegistryDoesNotHaveIsNotFound() {
    assertThatThrownBy(() -> pull(registry.host() + "/none:1"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void aMirrorIsAskedFirstAndTheNameStays() throws IOException {
    Digest digest = registry.put("team/app", "1", small());
    Path hosts = Files.createDirectories(scratch.resolve("hosts/registry.example"));
    Files.writeString(hosts.resolve("hosts.toml"), "server = \"http://127.0.0.1:1\"\n[host.\"http://" + registry.host() + "\"]\ncapabilities = [\"pull\", \"resolve\"]\n");
    AuthConfig auth = AuthConfig.newBuilder().setUsername("u").setPassword("secret").build();
    pull("registry.example/team/app:1", auth);
    assertThat(status("registry.example/team/app:1").getRepoDigestsList()).containsExactly("registry.example/team/app@" + digest);
    assertThat(registry.seen()).allMatch(seen -> seen.authorization().isEmpty() && seen.query().equals("ns=registry.example"));
  }

  @Test
  void credentialsGoToTheRegistryAndItsTokenServiceOnly() throws IOException {
    registry.put("app", "1", small());
    try (FakeRegistry elsewhere = new FakeRegistry()) {
      elsewhere.put("app", "1", small());
      byte[] layer = small().layers().getFirst().blob();
      registry.trick("/token", exchange -> FakeRegistry.send(exchange, 200, "application/json", "{\"token\":\"t0ken\"}".getBytes(StandardCharsets.UTF_8)));
      registry.trick("/v2/app/blobs/" + Digest.of(layer), exchange -> {
        exchange.getResponseHeaders().set("Location", "http://" + elsewhere.host() + "/v2/app/blobs/" + Digest.of(layer));
        exchange.sendResponseHeaders(307, -1);
      });
      registry.trick("*", exchange -> {
        if ("Bearer t0ken".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
          registry.serveNormally(exchange);
        } else {
          exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\",scope=\"repository:app:pull\"");
          exchange.sendResponseHeaders(401, -1);
        }
      });
      pull(registry.host() + "/app:1", AuthConfig.newBuilder().setUsername("user").setPassword("secret").build());
      assertThat(registry.seen()).anyMatch(seen -> seen.path().equals("/token") && seen.authorization().startsWith("Basic "));
      assertThat(elsewhere.seen()).hasSize(1).allMatch(seen -> seen.authorization().isEmpty());
    }
  }

  @Test
  void wrongCredentialsAreUnauthenticatedAndNeverShown() {
    registry.trick("*", exchange -> {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
      exchange.sendResponseHeaders(401, -1);
    });
    assertThatThrownBy(() -> pull(registry.host() + "/app:1", AuthConfig.newBuilder().setUsername("user").setPassword("hunter2").build()))
        .isInstanceOfSatisfying(
            CriException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
              assertThat(e.getMessage()).doesNotContain("hunter2");
            });
  }

  @Test
  void accessIsCheckedEvenWhenAllLayersAreHere() {
    registry.put("app", "1", small());
    pull(registry.host() + "/app:1");
    int before = registry.seen().size();
    pull(registry.host() + "/app:1");
    assertThat(registry.seen().subList(before, registry.seen().size())).anyMatch(seen -> seen.path().contains("/manifests/"));
    assertThat(registry.seen().subList(before, registry.seen().size()).stream().filter(seen -> seen.path().contains("/blobs/"))).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void aBrokenConnectionIsTakenUpAgain() throws IOException {
    TestImage image = new TestImage().layer(TestImage.Packing.PLAIN, tar -> tar.file("big", "x".repeat(3_000_000)));
    registry.put("app", "1", image);
    byte[] blob = image.layers().getFirst().blob();
    CountDownLatch first = new CountDownLatch(1);
    registry.trick("/v2/app/blobs/" + Digest.of(blob), exchange -> {
      if (first.getCount() > 0) {
        first.countDown();
        exchange.sendResponseHeaders(200, blob.length);
        exchange.getResponseBody().write(blob, 0, 1_000_000);
        exchange.getResponseBody().flush();
        throw new IOException("cut");
      }
      registry.serveNormally(exchange);
    });
    pull(registry.host() + "/app:1");
    assertThat(Files.size(top(registry.host() + "/app:1").resolve("big"))).isEqualTo(3_000_000);
  }

  @Test
  void aCallerWhoLeavesStopsThePullAndNothingStays() throws Exception {
    registry.put("app", "1", small());
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    registry.trick("/v2/app/manifests/1", exchange -> {
      asked.countDown();
      try {
        never.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    });
    Thread caller = Thread.ofVirtual().start(() -> assertThatThrownBy(() -> pull(registry.host() + "/app:1")).isInstanceOf(CriException.class));
    asked.await();
    caller.interrupt();
    caller.join();
    never.countDown();
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImagesCount()).isZero();
    assertThat(everythingOnDisk()).isEmpty();
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + output).isZero();
  }

  /** For what is done behind the caller. */
  private static void await(java.util.function.BooleanSupplier done) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
