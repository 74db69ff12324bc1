package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.cri.ListImagesRequest;
import io.crij.image.content.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Archives of images as strangers write them, for better and for worse. A refusal leaves nothing. Needs root. */
class HostileArchiveIT {
  private static final String LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";

  @TempDir Path scratch;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    Files.writeString(scratch.resolve("canary"), "untouched");
  }

  @AfterEach
  void theHostIsUntouched() throws IOException {
    assertThat(scratch.resolve("canary")).hasContent("untouched");
    try (Stream<Path> all = Files.list(scratch)) {
      assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("canary", "images");
    }
  }

  private static TestImage image() {
    return new TestImage().layer(tar -> tar.folder("etc", 0755).file("etc/motd", "hello"));
  }

  private List<LoadImages.Loaded> load(byte[] archive) {
    return store.loadImages().run(new ByteArrayInputStream(archive));
  }

  private void assertNothingIsThere() throws IOException {
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImagesList()).isEmpty();
    for (String part : List.of("l", "layers", "seals", "tmp", "i", "partial")) {
      try (Stream<Path> left = Files.list(scratch.resolve("images").resolve(part))) {
        assertThat(left).as(part).isEmpty();
      }
    }
  }

  private static String blob(byte[] content) {
    return "blobs/sha256/" + Digest.of(content).hex();
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  /** Plain layers, for the tar of tests takes text. */
  private static TestImage plain(Consumer<TestImage.Tar> layer) {
    return new TestImage().layer(TestImage.Packing.PLAIN, layer);
  }

  private static ObjectNode index(TestImage image, String... annotations) {
    ObjectNode index = Json.OWN.createObjectNode().put("schemaVersion", 2);
    ObjectNode entry = TestImage.describe(index.putArray("manifests").addObject(), Manifests.OCI_MANIFEST, image.manifestBytes());
    ObjectNode into = entry.putObject("annotations");
    for (int i = 0; i < annotations.length; i += 2) {
      into.put(annotations[i], annotations[i + 1]);
    }
    return index;
  }

  private static TestImage.Tar blobs(TestImage.Tar tar, TestImage image) {
    image.layers().forEach(layer -> tar.file(blob(layer.blob()), text(layer.blob())));
    return tar.file(blob(image.configBytes()), text(image.configBytes())).file(blob(image.manifestBytes()), text(image.manifestBytes()));
  }

  private static byte[] layout(TestImage image, String... annotations) {
    return TestImage.Tar.of(
        tar -> blobs(tar.file("oci-layout", LAYOUT), image).file("index.json", index(image, annotations).toString()));
  }

  private static String dockerManifest(TestImage image, String config, String layer, String... tags) {
    ArrayNode list = Json.OWN.createArrayNode();
    ObjectNode entry = list.addObject().put("Config", config);
    ArrayNode repoTags = entry.putArray("RepoTags");
    Stream.of(tags).forEach(repoTags::add);
    entry.putArray("Layers").add(layer);
    return list.toString();
  }

  private static byte[] docker(TestImage image, Consumer<TestImage.Tar> layer, String layerPath) {
    return TestImage.Tar.of(
        tar -> {
          layer.accept(tar);
          tar.file("config.json", text(image.configBytes())).file("manifest.json", dockerManifest(image, "config.json", layerPath, "app:1"));
        });
  }

  private static TestImage small() {
    return plain(tar -> tar.file("file", "x"));
  }

  static Stream<Arguments> names() {
    return Stream.of(
        Arguments.of(new String[] {"io.containerd.image.name", "docker.io/library/app:1", "org.opencontainers.image.ref.name", "1"}, List.of("docker.io/library/app:1")),
        Arguments.of(new String[] {"org.opencontainers.image.ref.name", "localhost:5000/a/b:c"}, List.of("localhost:5000/a/b:c")),
        Arguments.of(new String[] {"org.opencontainers.image.ref.name", "busybox:1"}, List.of("docker.io/library/busybox:1")),
        Arguments.of(new String[] {"org.opencontainers.image.ref.name", "latest"}, List.of()),
        Arguments.of(new String[] {"org.opencontainers.image.ref.name", "../../etc:x"}, List.of()),
        Arguments.of(new String[] {"io.containerd.image.name", "a@sha256:" + "0".repeat(64)}, List.of()),
        Arguments.of(new String[] {}, List.of()));
  }

  @ParameterizedTest
  @MethodSource("names")
  void anImageGetsTheNamesThatNameARepository(String[] annotations, List<String> names) {
    TestImage image = small();
    List<LoadImages.Loaded> loaded = load(layout(image, annotations));
    assertThat(loaded).containsExactly(new LoadImages.Loaded(Digest.of(image.configBytes()).toString(), names));
    LocalImage local = store.images().resolve(loaded.getFirst().id()).orElseThrow();
    assertThat(local.repoDigests()).isEqualTo(names.stream().map(name -> name.substring(0, name.lastIndexOf(':')) + "@" + Digest.of(image.manifestBytes())).toList());
  }

  /** Docker writes one layer of several images once and links to it; some writers put "./" in front. */
  @Test
  void linksAreNamesForFilesOfTheArchive() {
    TestImage image = small();
    String tar = text(image.layers().getFirst().tar());
    String id = Digest.of(image.configBytes()).toString();
    assertThat(load(docker(image, to -> to.file("./real/layer.tar", tar).symlink("id/layer.tar", "../real/layer.tar"), "id/layer.tar")).getFirst().id()).isEqualTo(id);
    assertThat(load(docker(image, to -> to.hardLink("id/layer.tar", "real/layer.tar").file("real/layer.tar", tar), "./id/layer.tar")).getFirst().id()).isEqualTo(id);
  }

  @Test
  void anArchiveThatIsBothIsAnOciLayout() {
    TestImage image = small();
    TestImage other = plain(tar -> tar.file("other", "y"));
    byte[] both =
        TestImage.Tar.of(
            tar -> {
              blobs(tar, image);
              tar.file("other.tar", text(other.layers().getFirst().tar())).file("other.json", text(other.configBytes()));
              tar.file("manifest.json", dockerManifest(other, "other.json", "other.tar", "docker.io/library/app:1"));
              tar.file("repositories", "{}").file("index.json", index(image, "io.containerd.image.name", "docker.io/library/app:1").toString()).file("oci-layout", LAYOUT);
            });
    assertThat(load(both)).extracting(LoadImages.Loaded::id).containsExactly(Digest.of(image.configBytes()).toString());
  }

  /** Built for several machines, exported for one; with what a builder says of the build beside it. */
  @Test
  void anIndexNeedsOnlyTheImageForThisNode() {
    TestImage image = small();
    TestImage foreign = small();
    foreign.configuration().put("architecture", "s390x");
    ObjectNode list = Json.OWN.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifests.OCI_INDEX);
    ArrayNode manifests = list.putArray("manifests");
    TestImage.describe(manifests.addObject(), Manifests.OCI_MANIFEST, foreign.manifestBytes()).putObject("platform").put("os", "linux").put("architecture", "s390x");
    TestImage.describe(manifests.addObject(), Manifests.OCI_MANIFEST, new byte[] {1}).putObject("platform").put("os", "unknown").put("architecture", "unknown");
    TestImage.describe(manifests.addObject(), Manifests.OCI_MANIFEST, image.manifestBytes())
        .putObject("platform").put("os", "linux").put("architecture", Platform.ofThisNode().architecture());
    byte[] nested = TestImage.bytes(list);
    ObjectNode index = Json.OWN.createObjectNode().put("schemaVersion", 2);
    TestImage.describe(index.putArray("manifests").addObject(), Manifests.OCI_INDEX, nested).putObject("annotations").put("io.containerd.image.name", "docker.io/library/many:1");
    byte[] archive = TestImage.Tar.of(tar -> blobs(tar.file("oci-layout", LAYOUT), image).file(blob(nested), text(nested)).file("index.json", index.toString()));
    LoadImages.Loaded loaded = load(archive).getFirst();
    assertThat(loaded.id()).isEqualTo(Digest.of(image.configBytes()).toString());
    assertThat(store.images().resolve("docker.io/library/many@" + Digest.of(nested))).as("the digest that the tag stands for").isPresent();
  }

  @Test
  void imagesForOtherMachinesAreLeftOutWhereOneIsForThis() throws IOException {
    TestImage image = small();
    TestImage foreign = small();
    foreign.configuration().put("architecture", "s390x");
    ObjectNode index = index(image);
    TestImage.describe(((ArrayNode) index.path("manifests")).addObject(), Manifests.OCI_MANIFEST, foreign.manifestBytes());
    assertThat(load(TestImage.Tar.of(tar -> {
      blobs(tar.file("oci-layout", LAYOUT), image).file(blob(foreign.configBytes()), text(foreign.configBytes()));
      tar.file(blob(foreign.manifestBytes()), text(foreign.manifestBytes())).file("index.json", index.toString());
    }))).hasSize(1);
    ImageStore empty = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    empty.removeImage().run(io.crij.cri.RemoveImageRequest.newBuilder().setImage(io.crij.cri.ImageSpec.newBuilder().setImage(Digest.of(image.configBytes()).toString())).build());
    store = empty;
    assertThatThrownBy(() -> load(layout(foreign))).hasMessageContaining("it is built for linux/s390x");
    assertNothingIsThere();
  }

  static Stream<Arguments> refusals() throws IOException {
    TestImage image = small();
    String tar = text(image.layers().getFirst().tar());
    TestImage otherLayer = plain(to -> to.file("file", "y"));
    TestImage escaping = plain(to -> to.file("../../canary", "stolen"));
    TestImage twoLayers = small().layer(TestImage.Packing.PLAIN, to -> to.file("second", "2"));
    byte[] good = layout(image);
    return Stream.of(
        refusal("nothing", new byte[0], "it is neither"),
        refusal("no tar", "nonsense".repeat(200).getBytes(StandardCharsets.UTF_8), "it is not a tar archive"),
        refusal("cut off", java.util.Arrays.copyOf(good, good.length / 2), ""),
        refusal("cut off, packed", java.util.Arrays.copyOf(TestImage.Packing.ZSTD.pack(good), 300), ""),
        refusal("a tar of something else", TestImage.Tar.of(to -> to.file("README", "hello")), "it is neither an OCI image layout"),
        refusal("a path out of it", TestImage.Tar.of(to -> to.file("../canary", "stolen")), "leads out of it"),
        refusal("a link out of it", docker(image, to -> to.symlink("l.tar", "../../canary"), "l.tar"), "leads out of it"),
        refusal("a link to the host", docker(image, to -> to.symlink("l.tar", "/etc/passwd"), "l.tar"), "names the file 'l.tar', which is not in it"),
        refusal("a link to itself", docker(image, to -> to.symlink("l.tar", "l.tar"), "l.tar"), "leads nowhere"),
        refusal("a device", TestImage.Tar.of(to -> to.device("l.tar", TarConstants.LF_CHR, 1, 3)), "neither a file nor a folder"),
        refusal("a file twice", docker(image, to -> to.file("l.tar", tar).file("./l.tar", tar), "l.tar"), "twice"),
        refusal("a link and a file", docker(image, to -> to.symlink("l.tar", "x").file("l.tar", tar), "l.tar"), "twice"),
        refusal("a path that does not end", TestImage.Tar.of(to -> to.file("a/".repeat(600) + "b", "")), "a path of"),
        refusal("another layer than stated", docker(otherLayer, to -> to.file("l.tar", tar), "l.tar"), "where the configuration states"),
        refusal("a missing layer", docker(image, to -> {}, "l.tar"), "which is not in it"),
        refusal("too few layers", docker(twoLayers, to -> to.file("l.tar", tar), "l.tar"), "has 1 layers and a configuration for 2"),
        refusal("a layer that leads out", layout(escaping), "leads out of the layer"),
        refusal("a blob under another's name", blobWithOtherContent(image), "where"),
        refusal("a manifest that is not in it", TestImage.Tar.of(to -> to.file("oci-layout", LAYOUT).file("index.json", index(image).toString())), "is not in it"),
        refusal("an index of nothing", TestImage.Tar.of(to -> to.file("oci-layout", LAYOUT).file("index.json", "{\"manifests\":[]}")), "there is no image in it"),
        refusal("an index that is none", TestImage.Tar.of(to -> to.file("oci-layout", LAYOUT).file("index.json", "{\"manifests\":{\"a\":1}}")), "is no list"),
        refusal("a digest that is none", TestImage.Tar.of(to -> to.file("oci-layout", LAYOUT).file("index.json", "{\"manifests\":[{\"digest\":\"sha256:../../canary\",\"size\":1}]}")), "without digest"),
        refusal("another version", TestImage.Tar.of(to -> to.file("oci-layout", "{\"imageLayoutVersion\":\"2.0\"}").file("index.json", "{}")), "has the version '2.0'"),
        refusal("two readers, two documents", TestImage.Tar.of(to -> to.file("manifest.json", "[{\"Config\":\"a\",\"Config\":\"b\"}]")), "is no JSON"),
        refusal("a document that nests", TestImage.Tar.of(to -> to.file("manifest.json", "[".repeat(5000))), "is no JSON"),
        refusal("a document without end", TestImage.Tar.of(to -> to.file("manifest.json", " ".repeat((4 << 20) + 1))), "is larger than"),
        refusal("many files", TestImage.Tar.of(to -> {
          for (int i = 0; i < 20_001; i++) {
            to.file(Integer.toString(i), "");
          }
        }), "more than 20000 entries"),
        refusal("more behind its end", java.util.Arrays.copyOf(TestImage.Tar.of(to -> to.file("manifest.json", "[]")), 20 << 20), "more follows its end"));
  }

  private static byte[] blobWithOtherContent(TestImage image) {
    byte[] config = image.configBytes();
    config[config.length - 3] ^= 1;
    return TestImage.Tar.of(
        tar ->
            tar.file("oci-layout", LAYOUT)
                .file("index.json", index(image).toString())
                .file(blob(image.manifestBytes()), text(image.manifestBytes()))
                .file(blob(image.configBytes()), text(config)));
  }

  private static Arguments refusal(String name, byte[] archive, String why) {
    return Arguments.of(org.junit.jupiter.api.Named.of(name, archive), why);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void whatIsRefusedLeavesNothing(byte[] archive, String why) throws IOException {
    assertThatThrownBy(() -> load(archive))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageStartingWith("The archive is refused: ")
        .hasMessageContaining(why);
    assertNothingIsThere();
  }

  @Test
  void oneBadImageKeepsTheGoodOnesOut() throws IOException {
    TestImage good = small();
    TestImage bad = plain(to -> to.file("../../canary", "stolen"));
    ObjectNode index = index(good);
    TestImage.describe(((ArrayNode) index.path("manifests")).addObject(), Manifests.OCI_MANIFEST, bad.manifestBytes());
    byte[] archive = TestImage.Tar.of(tar -> blobs(blobs(tar.file("oci-layout", LAYOUT), good), bad).file("index.json", index.toString()));
    assertThatThrownBy(() -> load(archive)).hasMessageContaining("leads out of the layer");
    assertNothingIsThere();
  }

  /** A disk of its own, of 16 MiB: the archive would fit, but a part of the disk is not for archives. */
  @Test
  void anArchiveThatFillsTheDiskIsRefused() throws Exception {
    Path disk = Files.createDirectory(scratch.resolve("images/small"));
    run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk.toString());
    try {
      ImageStore small = ImageStore.open(disk.resolve("images"), ImageSettings.defaults());
      byte[] large = TestImage.Tar.of(tar -> tar.file("layer.tar", "x".repeat(40 << 20)));
      assertThatThrownBy(() -> small.loadImages().run(new ByteArrayInputStream(large)))
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
          .hasMessageEndingWith("Free space below the image folder.");
      assertThat(disk.toFile().getUsableSpace()).as("all of it is free again").isGreaterThan(15 << 20);
    } finally {
      run("umount", disk.toString());
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void aSenderThatLeavesLeavesNothing() throws IOException {
    byte[] good = layout(image());
    InputStream leaving =
        new InputStream() {
          private int at;

          @Override
          public int read() throws IOException {
            if (at == good.length - 2000) {
              throw new InterruptedIOException("the client left");
            }
            return good[at++] & 0xff;
          }
        };
    assertThatThrownBy(() -> store.loadImages().run(leaving))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    assertNothingIsThere();
  }
}
