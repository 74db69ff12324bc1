package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.Zstd;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.RecordFile;
import io.crij.cri.ImageSpec;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.image.content.Digest;
import io.crij.image.content.ImageLimits;
import io.crij.image.trust.TrustSettings;
import io.crij.image.unpack.TarEntry;
import io.crij.image.unpack.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images that leave a node as a file and come to another one. Needs root. */
class ArchiveIT {
  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    store = store("images");
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private ImageStore store(String folder) throws IOException {
    return ImageStore.open(scratch.resolve(folder), ImageSettings.defaults().withRegistryConfig(scratch.resolve("hosts")));
  }

  /** Its second layer needs the first to be finished, and its configuration has what no parser of ours keeps. */
  private static TestImage image() {
    TestImage image =
        new TestImage()
            .user("app")
            .layer(tar -> tar.folder("etc", 0750).file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:7:7::/:/bin/sh\n").file("big", "b".repeat(300_000)))
            .layer(TestImage.Packing.ZSTD, tar -> tar.file("etc/extra", "x").hardLink("hard", "big").symlink("sym", "/etc/passwd").file(".wh.gone", ""));
    image.configuration().put("created", "2020-02-02T02:02:02Z").putArray("history").addObject().put("comment", "kept as it is");
    return image;
  }

  private String pull(String name) {
    return pull(store, registry.host() + "/" + name);
  }

  private static String pull(ImageStore store, String name) {
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build()).getImageRef();
  }

  private static byte[] save(ImageStore store, SaveImages.Format format, String... images) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.saveImages().run(List.of(images), format, out);
    return out.toByteArray();
  }

  private static List<LoadImages.Loaded> load(ImageStore store, byte[] archive) {
    return store.loadImages().run(new ByteArrayInputStream(archive));
  }

  private static Map<String, byte[]> files(byte[] archive) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    TarReader tar = new TarReader(new ByteArrayInputStream(archive), ImageLimits.DEFAULT);
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      byte[] content = new byte[(int) entry.size()];
      int at = 0;
      while (at < content.length) {
        at += tar.read(content, at, content.length - at);
      }
      files.put(new String(entry.path(), java.nio.charset.StandardCharsets.UTF_8), content);
    }
    return files;
  }

  private void assertNothingIsThere(ImageStore store, String folder) throws IOException {
    assertThat(store.listImages().run(ListImagesRequest.getDefaultInstance()).getImagesList()).isEmpty();
    for (String part : List.of("l", "layers", "seals", "tmp", "i")) {
      try (Stream<Path> left = Files.list(scratch.resolve(folder).resolve(part))) {
        assertThat(left).as(part).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SaveImages.Format.class)
  void aLoadedImageIsTheImageThatWasSaved(SaveImages.Format format) throws IOException {
    registry.put("team/app", "1", image());
    String id = pull("team/app:1");
    String name = registry.host() + "/team/app:1";
    byte[] archive = save(store, format, name);
    assertThat(save(store, format, name)).as("two saves of one image").isEqualTo(archive);

    ImageStore other = store("other");
    assertThat(load(other, archive)).containsExactly(new LoadImages.Loaded(id, List.of(name)));
    LocalImage saved = store.images().resolve(id).orElseThrow();
    LocalImage loaded = other.images().resolve(name).orElseThrow();
    assertThat(loaded.id()).isEqualTo(id);
    assertThat(loaded.config()).isEqualTo(saved.config());
    assertThat(loaded.root()).isEqualTo(saved.root());
    assertThat(loaded.passwd()).isEqualTo(saved.passwd());
    assertThat(other.verifyImage().run(id)).extracting(LayerState::health).containsOnly(LayerState.Health.WHOLE);
    assertThat(other.verifyImage().run(id)).extracting(LayerState::diffId).isEqualTo(store.verifyImage().run(id).stream().map(LayerState::diffId).toList());
    Path top = loaded.layersBase().resolve(loaded.lowerNames().getFirst());
    assertThat(Files.getPosixFilePermissions(top.resolve("etc"))).as("taken over from the layer below").hasSize(5);
    assertThat(Files.size(top.resolve("hard"))).isEqualTo(300_000);
    assertThat(save(other, format, name)).as("saved again").isEqualTo(archive);
  }

  @Test
  void oneSaveTooManyIsRefused() throws Exception {
    registry.put("team/app", "1", image());
    String id = pull("team/app:1");
    CountDownLatch writing = new CountDownLatch(SaveImages.AT_ONCE);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> saves = new ArrayList<>();
      for (int i = 0; i < SaveImages.AT_ONCE; i++) {
        saves.add(
            clients.submit(
                () -> {
                  store.saveImages().run(List.of(id), SaveImages.Format.OCI, new SlowReader(writing, go));
                  return null;
                }));
      }
      writing.await();
      assertThatThrownBy(() -> save(store, SaveImages.Format.OCI, id))
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("Try again");
      go.countDown();
      for (Future<?> save : saves) {
        save.get();
      }
    }
    assertThat(save(store, SaveImages.Format.OCI, id)).isNotEmpty();
  }

  /** Takes nothing until it is told to. */
  private static final class SlowReader extends OutputStream {
    private final CountDownLatch writing;
    private final CountDownLatch go;
    private boolean began;

    SlowReader(CountDownLatch writing, CountDownLatch go) {
      this.writing = writing;
      this.go = go;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int at, int length) throws IOException {
      if (!began) {
        began = true;
        writing.countDown();
      }
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }

  @Test
  void aLayoutNamesWhatItHolds() throws IOException {
    registry.put("a", "1", image());
    registry.put("b", "1", new TestImage().layer(tar -> tar.file("b", "b")));
    pull("a:1");
    String b = pull("b:1");
    Map<String, byte[]> files = files(save(store, SaveImages.Format.OCI, registry.host() + "/a:1", b));
    assertThat(files.keySet().stream().limit(2)).containsExactly("oci-layout", "index.json");
    JsonNode index = Json.FOREIGN.readTree(files.get("index.json"));
    assertThat(index.path("manifests")).hasSize(2);
    JsonNode annotations = index.path("manifests").get(0).path("annotations");
    assertThat(annotations.path("io.containerd.image.name").asText()).isEqualTo(registry.host() + "/a:1");
    assertThat(annotations.path("org.opencontainers.image.ref.name").asText()).isEqualTo(registry.host() + "/a:1");
    assertThat(index.path("manifests").get(1).has("annotations")).as("saved by its id").isFalse();
    files.forEach(
        (path, content) -> {
          if (path.startsWith("blobs/sha256/") && !path.endsWith("/")) {
            assertThat(Digest.of(content).hex()).isEqualTo(path.substring("blobs/sha256/".length()));
          }
        });
    JsonNode manifest = Json.FOREIGN.readTree(files.get("blobs/sha256/" + index.path("manifests").get(1).path("digest").asText().substring(7)));
    assertThat(manifest.path("config").path("digest").asText()).isEqualTo(b);
    // Where it is loaded, the digest of this manifest is one that it is found by.
    ImageStore other = store("other");
    load(other, save(store, SaveImages.Format.OCI, registry.host() + "/a:1"));
    String digest = index.path("manifests").get(0).path("digest").asText();
    assertThat(other.images().resolve(registry.host() + "/a@" + digest)).isPresent();
  }

  @Test
  void oneLayerOfTwoImagesIsWrittenOnce() throws IOException {
    TestImage one = new TestImage().layer(tar -> tar.file("shared", "s".repeat(100_000))).layer(tar -> tar.file("one", "1"));
    TestImage two = new TestImage().layer(tar -> tar.file("shared", "s".repeat(100_000))).layer(tar -> tar.file("two", "2"));
    registry.put("one", "1", one);
    registry.put("two", "1", two);
    String first = pull("one:1");
    String second = pull("two:1");
    byte[] archive = save(store, SaveImages.Format.DOCKER, first, second, registry.host() + "/two:1");
    assertThat(archive.length).isLessThan(150_000);
    ImageStore other = store("other");
    assertThat(load(other, archive))
        .containsExactly(new LoadImages.Loaded(first, List.of()), new LoadImages.Loaded(second, List.of(registry.host() + "/two:1")));
    assertThat(other.images().resolve(first).orElseThrow().repoDigests()).isEmpty();
  }

  @Test
  void archivesMayBePacked() throws IOException {
    registry.put("app", "1", image());
    String id = pull("app:1");
    byte[] archive = save(store, SaveImages.Format.OCI, id);
    assertThat(load(store("zstd"), Zstd.compress(archive))).extracting(LoadImages.Loaded::id).containsExactly(id);
    assertThat(load(store("gzip"), TestImage.Packing.GZIP.pack(archive))).extracting(LoadImages.Loaded::id).containsExactly(id);
    byte[] zip = TestImage.Packing.GZIP.pack(archive);
    zip[zip.length - 6] ^= 1; // its checksum
    ImageStore damaged = store("damaged");
    assertThatThrownBy(() -> load(damaged, zip)).hasMessageStartingWith("The archive is refused: its gzip stream is broken");
    assertNothingIsThere(damaged, "damaged");
  }

  @Test
  void anImageWithoutLayersComesThrough() throws IOException {
    registry.put("nothing", "1", new TestImage());
    String id = pull("nothing:1");
    for (SaveImages.Format format : SaveImages.Format.values()) {
      assertThat(load(store("of" + format), save(store, format, id))).extracting(LoadImages.Loaded::id).containsExactly(id);
    }
  }

  @Test
  void aDamagedLayerIsNotSaved() throws IOException {
    registry.put("app", "1", new TestImage().layer(tar -> tar.file("file", "content")));
    String id = pull("app:1");
    LocalImage image = store.images().resolve(id).orElseThrow();
    Files.writeString(image.layersBase().resolve(image.lowerNames().getFirst()).resolve("file"), "c0ntent");
    assertThatThrownBy(() -> save(store, SaveImages.Format.OCI, id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_LOSS))
        .hasMessageContaining("verify --repair");
  }

  @Test
  void onlyTwoArchivesAreLoadedAtOneTime() throws Exception {
    registry.put("app", "1", image());
    byte[] archive = save(store, SaveImages.Format.OCI, pull("app:1"));
    ImageStore other = store("other");
    java.util.concurrent.CountDownLatch begun = new java.util.concurrent.CountDownLatch(2);
    java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);
    class Held extends java.io.FilterInputStream {
      Held() {
        super(new ByteArrayInputStream(archive));
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        begun.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        return super.read(into, offset, length);
      }
    }
    List<java.util.concurrent.CompletableFuture<List<LoadImages.Loaded>>> held = new java.util.ArrayList<>();
    for (int i = 0; i < 2; i++) {
      held.add(java.util.concurrent.CompletableFuture.supplyAsync(() -> other.loadImages().run(new Held()), task -> Thread.ofVirtual().start(task)));
    }
    begun.await();
    try {
      assertThatThrownBy(() -> load(other, archive))
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("2 others");
    } finally {
      go.countDown();
    }
    for (var each : held) {
      assertThat(each.get()).hasSize(1);
    }
    assertThat(load(other, archive)).as("their turn is over").hasSize(1);
  }

  @Test
  void imagesWhoseConfigurationsWouldFillTheHeapAreNotSavedTogether() throws IOException {
    int many = Load.CONFIG_BYTES_MAX / 3_500_000 + 1;
    List<String> ids = new java.util.ArrayList<>();
    for (int i = 0; i < many; i++) {
      TestImage image = new TestImage();
      image.configuration().putArray("history").addObject().put("comment", i + "x".repeat(3_500_000));
      registry.put("large" + i, "1", image);
      ids.add(pull("large" + i + ":1"));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(() -> store.saveImages().run(ids, SaveImages.Format.OCI, out))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("Save them in several");
    assertThat(out.size()).isZero();
  }

  @Test
  void anImageThatIsRemovedWhileItIsLookedAtIsNotThere() throws IOException {
    registry.put("app", "1", image());
    String id = pull("app:1");
    Files.delete(scratch.resolve("images/i/" + id.substring(7) + ".json")); // as a removal does first
    assertThatThrownBy(() -> save(store, SaveImages.Format.OCI, id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void whatCannotBeMadeAgainIsNotSaved() throws IOException {
    registry.put("twice", "1", new TestImage().layer(tar -> tar.file("file", "first").file("file", "second")));
    String id = pull("twice:1");
    assertThatThrownBy(() -> save(store, SaveImages.Format.OCI, id)).hasMessageContaining("has a file twice");
    assertThatThrownBy(() -> save(store, SaveImages.Format.OCI, "absent:1"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  /** A record of the first release: the next pull adds what it lacks, and fetches no layer. */
  @Test
  void anImageWhoseConfigurationWasNotKeptIsSavedAfterTheNextPull() throws IOException {
    TestImage image = image();
    registry.put("old", "1", image);
    String id = pull("old:1");
    Path file = scratch.resolve("images/i/" + id.substring(7) + ".json");
    ImageRecord record = RecordFile.read(file, ImageRecord.FORMAT, 2, ImageRecord.class).orElseThrow();
    ImageRecord old =
        new ImageRecord(
            record.id(), record.repoTags(), record.repoDigests(), record.layers(), record.root(), record.config(), record.passwd(), record.group(), null, null);
    RecordFile.write(file, ImageRecord.FORMAT, 1, old, RecordFile.Durability.PROCESS_CRASH);
    ImageStore again = store("images");
    assertThatThrownBy(() -> save(again, SaveImages.Format.OCI, id)).hasMessageContaining("pull it again, then save it");
    registry.seen().clear();
    assertThat(pull(again, registry.host() + "/old:1")).isEqualTo(id);
    assertThat(registry.seen()).noneMatch(seen -> seen.path().contains(Digest.of(image.layers().getFirst().blob()).hex()));
    assertThat(save(again, SaveImages.Format.OCI, id)).isNotEmpty();
  }

  @Test
  void aLoadedImageIsRepairedByLoadingItAgain() throws IOException {
    registry.put("app", "1", new TestImage().layer(tar -> tar.file("file", "content")));
    byte[] archive = save(store, SaveImages.Format.DOCKER, pull("app:1"));
    ImageStore other = store("other");
    String id = load(other, archive).getFirst().id();
    LocalImage image = other.images().resolve(id).orElseThrow();
    Files.writeString(image.layersBase().resolve(image.lowerNames().getFirst()).resolve("file"), "c0ntent");
    assertThatThrownBy(() -> other.verifyImage().repair(id, io.crij.cri.AuthConfig.getDefaultInstance())).hasMessageContaining("load it again");
    load(other, archive);
    assertThat(other.verifyImage().run(id)).extracting(LayerState::health).containsOnly(LayerState.Health.WHOLE);
    other.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build());
    assertNothingIsThere(other, "other");
  }

  @Test
  void aPolicyThatKeepsANameOutKeepsItOutOfArchivesToo() throws IOException {
    registry.put("app", "1", image());
    String id = pull("app:1");
    byte[] named = save(store, SaveImages.Format.OCI, registry.host() + "/app:1");
    byte[] nameless = save(store, SaveImages.Format.OCI, id);
    String accept = "[{\"type\":\"insecureAcceptAnything\"}]";
    String reject = "[{\"type\":\"reject\"}]";
    assertPolicy("{\"default\":" + reject + "}", named, "SignatureValidationFailed: The image '" + registry.host() + "/app:1' cannot be loaded: the policy rejects it.");
    assertPolicy("{\"default\":" + reject + "}", nameless, "SignatureValidationFailed: ");
    String scoped = "{\"default\":" + reject + ",\"transports\":{\"docker\":{\"" + registry.host() + "/app\":" + accept + "}}}";
    assertPolicy(scoped, nameless, "SignatureValidationFailed: ");
    assertPolicy(scoped, named, "");
    assertPolicy("{\"default\":" + accept + ",\"transports\":{\"docker\":{\"" + registry.host() + "\":" + reject + "}}}", named, "SignatureValidationFailed: ");
    String signed = "[{\"type\":\"sigstoreSigned\",\"keyData\":\"" + java.util.Base64.getEncoder().encodeToString(TestKeys.publicPem()) + "\"}]";
    assertPolicy("{\"default\":" + signed + "}", named, "SignatureValidationFailed: ");
  }

  private void assertPolicy(String policy, byte[] archive, String refusal) throws IOException {
    Path folder = Files.createTempDirectory(scratch, "policy");
    Path file = Files.writeString(folder.resolve("policy.json"), policy);
    ImageStore guarded = ImageStore.open(folder.resolve("images"), ImageSettings.defaults().withTrust(new TrustSettings(file, null)));
    if (refusal.isEmpty()) {
      assertThat(load(guarded, archive)).hasSize(1);
    } else {
      assertThatThrownBy(() -> load(guarded, archive)).isInstanceOf(CriException.class).hasMessageStartingWith(refusal);
      assertNothingIsThere(guarded, scratch.relativize(folder.resolve("images")).toString());
    }
  }
}
