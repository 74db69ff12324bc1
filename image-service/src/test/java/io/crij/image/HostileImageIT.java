package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ImageSpec;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.PullImageRequest;
import io.crij.image.content.Digest;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images made to do harm: each pull is refused or stays inside its layer, and nothing is left behind. Needs root. */
class HostileImageIT {
  private static final ImageLimits SMALL =
      new ImageLimits(4 << 20, 8 << 20, 20, 3, 100, 8 << 20, 1000, 64 << 10, 50, 1 << 20, 1 << 20, 2 << 20);

  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;
  private Path canary;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    store = ImageStore.open(scratch.resolve("images"), new ImageSettings(io.crij.image.registry.RegistrySettings.defaults(), io.crij.image.trust.TrustSettings.NONE, 3, SMALL, List.of()));
    canary = Files.createDirectory(scratch.resolve("canary"));
    Files.writeString(canary.resolve("file"), "untouched");
  }

  @AfterEach
  void nothingEscaped() throws IOException {
    registry.close();
    try (Stream<Path> all = Files.walk(canary)) {
      assertThat(all.map(path -> canary.relativize(path).toString())).containsExactlyInAnyOrder("", "file");
    }
    assertThat(Files.readString(canary.resolve("file"))).isEqualTo("untouched");
  }

  private void pull() {
    store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(registry.host() + "/evil:1")).build());
  }

  private void refused(TestImage image, String... words) {
    registry.put("evil", "1", image);
    refused(words);
  }

  private void refused(String... words) {
    assertThatThrownBy(this::pull)
        .isInstanceOfSatisfying(
            CriException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
              assertThat(e.getMessage()).contains(registry.host() + "/evil:1").contains(words);
            });
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImagesCount()).isZero();
    for (String folder : List.of("l", "layers", "tmp", "i", "partial", "seals")) {
      assertThat(scratch.resolve("images").resolve(folder)).isEmptyDirectory();
    }
  }

  private static TestImage layer(Consumer<TestImage.Tar> content) {
    return new TestImage().layer(content);
  }

  @Test
  void pathsThatLeadOutAreRefused() {
    refused(layer(tar -> tar.file("../escape", "x")), "../escape");
    refused(layer(tar -> tar.file("a/./../../escape", "x")), "leads out");
    refused(layer(tar -> tar.file("ok", "x").hardLink("link", "../../../../../etc/passwd")), "leads out");
  }

  @Test
  void absolutePathsAndLinksStayInTheLayer() throws IOException {
    registry.put(
        "evil",
        "1",
        layer(
            tar ->
                tar.file("/abs", "x")
                    .symlink("abslink", canary.toString())
                    .file("abslink/planted", "x")
                    .symlink("uplink", "../../../../../../../.." + canary)
                    .file("uplink/planted2", "x")
                    .file("victim", "x")
                    .symlink("filelink", canary.resolve("file").toString())
                    .file("filelink", "overwritten")));
    pull();
    LocalImage image = store.images().resolve(registry.host() + "/evil:1").orElseThrow();
    Path top = image.layersBase().resolve(image.lowerNames().getFirst());
    assertThat(top.resolve("abs")).exists();
    assertThat(top.resolve(canary.toString().substring(1)).resolve("planted")).isRegularFile();
    assertThat(top.resolve(canary.toString().substring(1)).resolve("planted2")).isRegularFile();
    assertThat(Files.readString(top.resolve("filelink"))).isEqualTo("overwritten");
    assertThat(Files.isSymbolicLink(top.resolve("filelink"))).isFalse();
  }

  @Test
  void hardLinksReachNothingOutside() {
    refused(layer(tar -> tar.hardLink("link", canary.resolve("file").toString())), "hard link");
    refused(layer(tar -> tar.symlink("s", canary.toString()).hardLink("link", "s/file")), "hard link");
    refused(layer(tar -> tar.folder("d", 0755).hardLink("link", "d")), "no file");
    refused(layer(tar -> tar.file("self", "x").hardLink("self", "self")), "itself");
  }

  @Test
  void loopsAndFilesUsedAsFoldersAreRefused() {
    refused(layer(tar -> tar.symlink("a", "b").symlink("b", "a").file("a/x", "x")), "loop");
    refused(layer(tar -> tar.file("f", "x").file("f/below", "x")), "as a folder");
  }

  @Test
  void whiteoutsThatNameNothingAreRefused() {
    refused(layer(tar -> tar.file(".wh.", "")), "names no file");
    refused(layer(tar -> tar.file(".wh...", "")), "names no file");
  }

  @Test
  void orders_of_overlay_are_not_taken_from_an_image() throws IOException {
    registry.put(
        "evil",
        "1",
        layer(tar -> tar.add("d/", TarConstants.LF_DIR, entry -> entry.addPaxHeader("SCHILY.xattr.trusted.overlay.redirect", "/etc"), "")));
    pull();
    LocalImage image = store.images().resolve(registry.host() + "/evil:1").orElseThrow();
    Path folder = image.layersBase().resolve(image.lowerNames().getFirst()).resolve("d");
    assertThat(folder).isDirectory();
    try (var opened = io.crij.helper.syscall.Syscalls.openFolder(folder)) {
      assertThat(io.crij.helper.syscall.Syscalls.llistxattrat(opened, new byte[0])).isEmpty();
    }
  }

  @Test
  void namesThatFillTheHeapAreRefused() {
    // Each of the three implies 900 folders, with names of up to 1,800 characters.
    refused(layer(tar -> tar.file("a/" + "d/".repeat(900) + "f", "").file("b/" + "d/".repeat(900) + "f", "").file("c/" + "d/".repeat(900) + "f", "")), "names of its folders");
  }

  @Test
  void attributesThatNoKernelTakesAreRefused() {
    refused(layer(tar -> tar.add("d/", TarConstants.LF_DIR, entry -> entry.addPaxHeader("SCHILY.xattr.user." + "n".repeat(300), "v"), "")), "extended attribute");
    refused(layer(tar -> tar.add("f", TarConstants.LF_NORMAL, entry -> entry.addPaxHeader("SCHILY.xattr.security.capability", "garbage"), "")), "security.capability", "does not take");
    refused(layer(tar -> tar.add("d/", TarConstants.LF_DIR, entry -> entry.addPaxHeader("SCHILY.xattr.security.capability", "garbage"), "")), "security.capability", "does not take");
  }

  @Test
  void devicesAreMadeAndNeverOpened() throws IOException {
    registry.put("evil", "1", layer(tar -> tar.folder("etc", 0755).device("etc/passwd", TarConstants.LF_CHR, 1, 5).add("etc/group", TarConstants.LF_FIFO, e -> {}, "")));
    pull();
    LocalImage image = store.images().resolve(registry.host() + "/evil:1").orElseThrow();
    assertThat(image.passwd()).isEmpty();
    assertThat(image.group()).isEmpty();
  }

  @Test
  void aLinkedPasswdIsReadInsideTheImageOnly() throws IOException {
    registry.put("evil", "1", layer(tar -> tar.folder("etc", 0755).symlink("etc/passwd", canary.resolve("file").toString())));
    pull();
    assertThat(store.images().resolve(registry.host() + "/evil:1").orElseThrow().passwd()).isEmpty();
  }

  @Test
  void bytesThatAreNotWhatTheyShouldBeAreRefused() throws IOException {
    TestImage image = layer(tar -> tar.file("f", "content"));
    byte[] blob = image.layers().getFirst().blob();
    byte[] flipped = blob.clone();
    flipped[flipped.length / 2] ^= 1;
    registry.put("evil", "1", image);
    registry.blobAt("evil", Digest.of(blob), flipped);
    refused(Digest.of(blob).toString(), Digest.of(flipped).toString());

    registry.blobAt("evil", Digest.of(blob), Arrays.copyOf(blob, blob.length + 5));
    refused("sends more");

    registry.trick(
        "/v2/evil/blobs/" + Digest.of(blob),
        exchange -> FakeRegistry.send(exchange, exchange.getRequestHeaders().containsKey("Range") ? 416 : 200, "x", exchange.getRequestHeaders().containsKey("Range") ? new byte[0] : Arrays.copyOf(blob, blob.length - 3)));
    refused("sends " + (blob.length - 3) + " bytes");
  }

  @Test
  void archivesThatLieAreRefused() throws IOException {
    byte[] tar = TestImage.Tar.of(t -> t.file("f", "content"));
    byte[] gzip = TestImage.Packing.GZIP.pack(tar);
    byte[] cut = Arrays.copyOf(gzip, gzip.length / 2);
    refused(new TestImage().blob(tar, cut, "application/vnd.oci.image.layer.v1.tar+gzip"), "gzip");
    refused(new TestImage().raw(TestImage.Packing.PLAIN, Arrays.copyOf(tar, 700)), "truncated");
    refused(new TestImage().raw(TestImage.Packing.GZIP, "no tar at all".repeat(100).getBytes(StandardCharsets.UTF_8)), "not a tar");
    refused(new TestImage().blob(TestImage.Tar.of(t -> t.file("other", "x")), gzip, "application/vnd.oci.image.layer.v1.tar+gzip"), "configuration states");
  }

  @Test
  void bombsAreRefused() {
    refused(new TestImage().raw(TestImage.Packing.GZIP, new byte[4 << 20]), "times its size");
    refused(new TestImage().raw(TestImage.Packing.ZSTD, new byte[4 << 20]), "times its size");
    refused(layer(tar -> { for (int i = 0; i < 1001; i++) { tar.file("f" + i, ""); } }), "more than 1000 entries");
    refused(layer(tar -> tar.add("f", TarConstants.LF_NORMAL, e -> e.addPaxHeader("comment", "x".repeat(100_000)), "")), "extension headers");
    refused(layer(tar -> tar.file("a/".repeat(2100) + "f", "")), "4095 are allowed");
  }

  @Test
  void documentsThatMeanTwoThingsAreRefused() {
    TestImage image = layer(tar -> tar.file("f", "x"));
    registry.put("evil", "1", image);
    ObjectNode both = image.manifest();
    both.putArray("manifests");
    registry.manifest("evil", "1", Manifests.OCI_MANIFEST, TestImage.bytes(both));
    refused("as an index, too");
    registry.manifest("evil", "1", Manifests.OCI_INDEX, image.manifestBytes());
    refused("where the registry says");
    registry.manifest("evil", "1", Manifests.OCI_MANIFEST, "{\"schemaVersion\":1,\"fsLayers\":[]}".getBytes(StandardCharsets.UTF_8));
    refused("schema 1");
    registry.manifest("evil", "1", Manifests.OCI_MANIFEST, "{\"a\":1,\"a\":2}".getBytes(StandardCharsets.UTF_8));
    refused("no JSON");
    registry.manifest("evil", "1", Manifests.OCI_MANIFEST, new byte[(4 << 20) + 1]);
    refused("larger than");
    for (String digest : List.of("", "sha256:", "sha256:../../x", "md5:00")) {
      ObjectNode bad = image.manifest();
      ((ObjectNode) bad.path("config")).put("digest", digest);
      registry.manifest("evil", "1", Manifests.OCI_MANIFEST, TestImage.bytes(bad));
      refused("digest");
    }
    ObjectNode plugin = image.manifest().put("mediaType", Manifests.DOCKER_MANIFEST);
    ((ObjectNode) plugin.path("config")).put("mediaType", "application/vnd.docker.plugin.v1+json");
    registry.manifest("evil", "1", Manifests.DOCKER_MANIFEST, TestImage.bytes(plugin));
    refused("no container image");
  }

  @Test
  void redirectsAreBounded() {
    registry.trick("*", exchange -> {
      exchange.getResponseHeaders().set("Location", "http://" + registry.host() + exchange.getRequestURI());
      exchange.sendResponseHeaders(302, -1);
    });
    refused("redirects more than");
    registry.trick("*", exchange -> {
      exchange.getResponseHeaders().set("Location", "file:///etc/passwd");
      exchange.sendResponseHeaders(302, -1);
    });
    refused("does not follow");
  }

  @Test
  void deepTreesAreDeletedAgain() throws IOException {
    registry.put("evil", "1", layer(tar -> tar.file("d/".repeat(900) + "f", "")));
    pull();
    store.removeImage().run(io.crij.cri.RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(registry.host() + "/evil:1")).build());
    assertThat(scratch.resolve("images/l")).isEmptyDirectory();
    assertThat(scratch.resolve("images/tmp")).isEmptyDirectory();
    assertThat(Files.exists(canary, LinkOption.NOFOLLOW_LINKS)).isTrue();
  }
}
