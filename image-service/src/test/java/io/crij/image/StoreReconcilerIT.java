package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.ObjectId;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nobody needs goes, what somebody needs stays, and what is there is counted. Needs root. */
class StoreReconcilerIT {
  @TempDir Path scratch;
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private FakeRegistry registry;
  private Path images;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    images = scratch.resolve("images");
    store = start();
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private ImageStore start() throws IOException {
    Clock clock =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now.get();
          }
        };
    return ImageStore.open(images, ImageSettings.defaults(), clock);
  }

  private static TestImage image(int seed) {
    byte[] noise = new byte[1_000_000];
    new Random(seed).nextBytes(noise);
    String hex = java.util.HexFormat.of().formatHex(noise);
    return new TestImage()
        .layer(TestImage.Packing.GZIP, tar -> tar.folder("opt", 0755).file("opt/large", hex).file("opt/lent", "x".repeat(200_000)))
        .layer(
            TestImage.Packing.ZSTD,
            tar -> {
              tar.folder("small", 0755);
              for (int i = 0; i < 1000; i++) {
                tar.file("small/f" + i, "content of " + i + " " + seed).symlink("small/l" + i, "f" + i).hardLink("small/h" + i, "small/f" + i);
              }
            })
        .layer(
            TestImage.Packing.GZIP,
            tar -> tar.file("opt/implied/file", "text").hardLink("opt/deep/er/link", "opt/lent").file("small/.wh.f1", "").file("new/.wh..wh..opq", ""));
  }

  private String pull(String name) {
    return store
        .pullImage()
        .run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(registry.host() + "/" + name)).build())
        .getImageRef();
  }

  private void remove(String id) {
    store.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build());
  }

  private List<String> reconcile() throws IOException {
    return store.reconciler().run().stream().map(orphan -> images.relativize(orphan.path()).toString()).sorted().toList();
  }

  private List<String> names(String folder) throws IOException {
    return LayerStore.children(images.resolve(folder)).stream().map(path -> String.valueOf(path.getFileName())).sorted().toList();
  }

  private static void make(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "left over");
  }

  @Test
  void whatTheDaemonDoesNotMakeStaysWhereItIs() throws IOException {
    for (String foreign : List.of("notes", "w", "wide", "w1x", "w1.seal.bak", "d", "data", "load.spool", "loads5.spool", ".hidden")) {
      make(images.resolve("tmp").resolve(foreign));
    }
    List<String> elsewhere = List.of("l/lost+found/x", "l/Orphan/x", "seals/readme.txt", "seals/.swp", "layers/.a.json.swp", "i/.notes", ".unsynced.json.swp");
    for (String foreign : elsewhere) {
      make(images.resolve(foreign));
    }
    List<String> before = names("tmp");
    for (String own : List.of("w17", "w17.seal", "d4", "load123.spool")) {
      make(images.resolve("tmp").resolve(own));
    }
    store = start();
    assertThat(reconcile()).containsExactly("tmp/d4", "tmp/load123.spool", "tmp/w17", "tmp/w17.seal");
    assertThat(names("tmp")).isEqualTo(before);
    assertThat(elsewhere).allMatch(foreign -> Files.exists(images.resolve(foreign)), "is still there");
  }

  @Test
  void whatAKilledDaemonLeftIsNamedWithItsReasonAndGoes() throws IOException {
    registry.put("app", "1", image(1));
    String id = pull("app:1");
    List<String> before = all();
    make(images.resolve("l/orphan/x"));
    make(images.resolve("seals/lonely"));
    make(images.resolve("tmp/w1/half"));
    make(images.resolve("tmp/w1.seal"));
    make(images.resolve("layers/.a.json.1-1.tmp"));
    make(images.resolve("i/.b.json.1-1.tmp"));
    make(images.resolve(".unsynced.json.1-1.tmp"));
    make(images.resolve("partial/old"));
    Files.setLastModifiedTime(images.resolve("partial/old"), FileTime.from(now.get().minus(Duration.ofHours(25))));
    make(images.resolve("partial/young"));
    store = start();

    List<StoreOrphan> found = store.reconciler().find();
    assertThat(found).allMatch(orphan -> orphan.why().length() > 10, "has a reason");
    assertThat(reconcile())
        .containsExactly(
            ".unsynced.json.1-1.tmp", "i/.b.json.1-1.tmp", "l/orphan", "layers/.a.json.1-1.tmp", "partial/old", "seals/lonely", "tmp/w1", "tmp/w1.seal");
    Files.delete(images.resolve("partial/young"));
    assertThat(all()).isEqualTo(before);
    assertThat(store.reconciler().find()).isEmpty();
    assertThat(store.verifyImage().run(id)).allMatch(layer -> layer.health() != LayerState.Health.DAMAGED, "not damaged");
  }

  private List<String> all() throws IOException {
    try (Stream<Path> paths = Files.walk(images)) {
      return paths.map(path -> images.relativize(path).toString()).sorted().toList();
    }
  }

  @Test
  void layersOfAPullThatWasCutShortStayForAnHourAndNoLongerThanTheirImage() throws IOException {
    registry.put("app", "1", image(1));
    String id = pull("app:1");
    Path record = images.resolve("i").resolve(id.substring("sha256:".length()) + ".json");
    Files.delete(record); // a kill before the image was put on record
    store = start();
    assertThat(reconcile()).isEmpty();
    now.updateAndGet(time -> time.plus(Duration.ofMinutes(59)));
    assertThat(reconcile()).isEmpty();
    now.updateAndGet(time -> time.plus(Duration.ofMinutes(2)));
    assertThat(reconcile()).hasSize(3).allMatch(name -> name.startsWith("l/"));

    pull("app:1");
    Files.delete(record);
    store = start();
    pull("app:1");
    remove(id);
    assertThat(names("l")).isEmpty();
    assertThat(names("seals")).isEmpty();
    assertThat(names("layers")).isEmpty();
  }

  @Test
  void whatAContainerStandsOnStaysWithoutAnyRecord() throws IOException {
    make(images.resolve("l/stayed/x"));
    store = start();
    ObjectId container = ObjectId.random();
    store.uses().adopt(container, List.of("stayed"));
    assertThat(reconcile()).isEmpty();
    store.uses().release(container);
    assertThat(names("l")).isEmpty();
  }

  @Test
  void aPullInFlightLosesNothingToAReconciliation() throws Exception {
    TestImage image = image(1);
    registry.put("app", "1", image);
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    byte[] blob = image.layers().getFirst().blob();
    registry.trick(
        "/v2/app/blobs/" + io.crij.image.content.Digest.of(blob),
        exchange -> {
          exchange.sendResponseHeaders(200, blob.length);
          exchange.getResponseBody().write(blob, 0, blob.length / 2);
          exchange.getResponseBody().flush();
          reached.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.getResponseBody().write(blob, blob.length / 2, blob.length - blob.length / 2);
        });
    AtomicReference<String> pulled = new AtomicReference<>("");
    Thread puller = Thread.ofVirtual().start(() -> pulled.set(pull("app:1")));
    reached.await();
    now.updateAndGet(time -> time.plus(Duration.ofDays(2)));
    for (int i = 0; i < 20; i++) {
      assertThat(reconcile()).isEmpty();
    }
    go.countDown();
    puller.join();
    assertThat(store.verifyImage().run(pulled.get())).hasSize(3).allMatch(layer -> layer.health() != LayerState.Health.DAMAGED, "not damaged");
  }

  @Test
  void whatImagesTakeIsWhatDuSays() throws Exception {
    store.reconciler().run();
    same("an empty store");
    registry.put("app", "1", image(1));
    registry.put("other", "1", image(2));
    pull("app:1");
    same("one image");
    String other = pull("other:1");
    same("two images");
    store = start();
    store.reconciler().run();
    same("a restart");
    remove(other);
    same("a removal");
    TestImage bad = image(3);
    registry.put("bad", "1", bad);
    byte[] blob = bad.layers().get(1).blob();
    registry.trick("/v2/bad/blobs/" + io.crij.image.content.Digest.of(blob), exchange -> FakeRegistry.send(exchange, 200, "x", new byte[blob.length]));
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> pull("bad:1")).isNotNull();
    same("a failed pull");
  }

  /** Inodes to a thousandth, bytes to a fiftieth: attributes and large folders are not counted. */
  private void same(String after) throws Exception {
    FilesystemUsage usage = store.imageFsInfo().run(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystems(0);
    long inodes = du("--inodes");
    long bytes = du("--block-size=1");
    assertThat(usage.getInodesUsed().getValue()).as("inodes after %s", after).isBetween(inodes - 2 - inodes / 1000, inodes + 2 + inodes / 1000);
    assertThat(usage.getUsedBytes().getValue()).as("bytes after %s", after).isBetween(bytes - 65536 - bytes / 50, bytes + 65536 + bytes / 50);
  }

  private long du(String option) throws Exception {
    Process process = new ProcessBuilder("du", "-s", option, images.toString()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return Long.parseLong(output.substring(0, output.indexOf('\t')));
  }
}
