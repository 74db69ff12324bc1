package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers are checked against their seals: what was changed is found, what is whole is not accused. */
class SealIT {
  @TempDir Path folder;
  private FakeRegistry registry;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    store = ImageStore.open(folder.resolve("images"), ImageSettings.defaults());
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private static TestImage image() {
    return new TestImage()
        .layer(
            TestImage.Packing.GZIP,
            tar ->
                tar.folder("etc", 0755)
                    .file("etc/small", 0640, 3, 4, "text")
                    .file("etc/large", "x".repeat(300_000))
                    .file("etc/empty", ""))
        .layer(TestImage.Packing.ZSTD, tar -> tar.file("opt/implied", "lower folders describe it"));
  }

  private String pull() {
    String name = registry.host() + "/app:1";
    store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
    return name;
  }

  private Path bottom(String name) {
    LocalImage image = store.images().resolve(name).orElseThrow();
    return image.layersBase().resolve(image.lowerNames().getLast());
  }

  private List<LayerState> verify(String name) throws IOException {
    return store.verifyImage().run(name);
  }

  @Test
  void wholeLayersAreFoundWhole() throws IOException {
    registry.put("app", "1", image());
    assertThat(verify(pull())).hasSize(2).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
  }

  @Test
  void eachChangeOfALayerIsFoundAndRepairFetchesThatLayerAlone() throws IOException {
    registry.put("app", "1", image());
    String name = pull();
    List<Sabotage> sabotages =
        List.of(
            tree -> flip(tree.resolve("etc/large")),
            tree -> Files.write(tree.resolve("etc/small"), new byte[0]),
            tree -> Files.delete(tree.resolve("etc/empty")),
            tree -> Files.setPosixFilePermissions(tree.resolve("etc"), PosixFilePermissions.fromString("rwxrwxrwx")),
            tree -> Files.setAttribute(tree.resolve("etc/small"), "unix:uid", 77),
            tree -> {
              Files.delete(tree.resolve("etc/small"));
              Files.createSymbolicLink(tree.resolve("etc/small"), Path.of("/etc/shadow"));
            });
    for (Sabotage sabotage : sabotages) {
      sabotage.on(bottom(name));
      int asked = registry.seen().size();

      assertThat(verify(name)).filteredOn(layer -> layer.health() == LayerState.Health.DAMAGED).hasSize(1);
      assertThat(store.verifyImage().repair(name, io.crij.cri.AuthConfig.getDefaultInstance())).allMatch(layer -> layer.health() == LayerState.Health.WHOLE);

      assertThat(registry.seen().subList(asked, registry.seen().size()).stream().filter(seen -> seen.path().contains("/blobs/")))
          .as("the configuration and one layer").hasSize(2);
      assertThat(Files.readString(bottom(name).resolve("etc/small"))).isEqualTo("text");
    }
  }

  @Test
  void anArchiveThatNamesAFileTwiceHasNoSeal() throws IOException {
    registry.put("app", "1", new TestImage().layer(tar -> tar.file("twice", "one").file("twice", "two")));
    assertThat(verify(pull())).singleElement().satisfies(layer -> assertThat(layer.health()).isEqualTo(LayerState.Health.UNKNOWN));
  }

  @Test
  void aCopyOutOfALayerBelowIsCheckedAndFetchedAgainWithItsLayerAlone() throws IOException {
    registry.put(
        "app",
        "1",
        new TestImage()
            .layer(tar -> tar.folder("opt", 0755).file("opt/lent", "x".repeat(70_000)))
            .layer(tar -> tar.folder("opt", 0755).hardLink("opt/borrowed", "opt/lent")));
    String name = pull();
    LocalImage image = store.images().resolve(name).orElseThrow();
    Path borrowed = image.layersBase().resolve(image.lowerNames().getFirst()).resolve("opt/borrowed");
    assertThat(verify(name)).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
    try (FileChannel file = FileChannel.open(borrowed, StandardOpenOption.WRITE)) {
      file.truncate(0);
    }
    assertThat(verify(name)).extracting(LayerState::health).containsExactly(LayerState.Health.DAMAGED, LayerState.Health.WHOLE);
    assertThat(store.verifyImage().repair(name, io.crij.cri.AuthConfig.getDefaultInstance()))
        .allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
  }

  @Test
  void aLayerThatAnOlderReleaseSealedIsNotCalledDamaged() throws IOException {
    registry.put(
        "app",
        "1",
        new TestImage()
            .layer(tar -> tar.folder("opt", 0755).file("opt/lent", "x".repeat(70_000)))
            .layer(tar -> tar.folder("opt", 0755).hardLink("opt/borrowed", "opt/lent")));
    String name = pull();
    Path seal = folder.resolve("images/seals").resolve(store.images().resolve(name).orElseThrow().lowerNames().getFirst());
    byte[] both = Files.readAllBytes(seal);
    int first = (int) com.github.luben.zstd.Zstd.findFrameCompressedSize(both);
    assertThat(first).isLessThan(both.length);
    Files.write(seal, java.util.Arrays.copyOf(both, first)); // it had the first frame alone

    assertThat(verify(name)).extracting(LayerState::health).containsExactly(LayerState.Health.UNKNOWN, LayerState.Health.WHOLE);
    assertThat(verify(name).getFirst().what()).contains("older release").contains("pull it again");
    store = ImageStore.open(folder.resolve("images"), ImageSettings.defaults());
    assertThat(store.images().resolve(name)).isPresent();

    Files.write(seal, java.util.Arrays.copyOf(both, (first + both.length) / 2));
    assertThat(verify(name).getFirst().health()).as("a seal that is cut off").isEqualTo(LayerState.Health.DAMAGED);
  }

  @Test
  void layersThatThePowerTookAreCheckedAndOnlyBadOnesAreFetchedAgain() throws IOException {
    registry.put("app", "1", image());
    String name = pull();
    Path bad = bottom(name);
    Files.write(bad.resolve("etc/large"), new byte[300_000]);
    // as another boot would find it
    Path note = folder.resolve("images/unsynced.json");
    UnsyncedLayers other = UnsyncedLayers.open(folder.resolve("images"), "another boot", java.time.Duration.ofDays(1));
    LocalImage image = store.images().resolve(name).orElseThrow();
    for (String layer : image.lowerNames()) {
      Path record = folder.resolve("images/layers").resolve(layer + ".json");
      other.add(io.crij.core.RecordFile.read(record, LayerRecord.FORMAT, LayerRecord.VERSION, LayerRecord.class).orElseThrow());
      Files.write(record, new byte[0]); // nobody had the disk keep it
    }
    other.note(image.lowerNames());
    assertThat(note).exists();

    store = ImageStore.open(folder.resolve("images"), ImageSettings.defaults());
    assertThat(store.images().resolve(name)).isEmpty();
    int asked = registry.seen().size();
    pull();
    assertThat(registry.seen().subList(asked, registry.seen().size()).stream().filter(seen -> seen.path().contains("/blobs/"))).hasSize(2);
    assertThat(verify(name)).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
  }

  private interface Sabotage {
    void on(Path tree) throws IOException;
  }

  /** Changes one byte; length and time stay. */
  private static void flip(Path file) throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'y'}), 150_000);
    }
    Files.setLastModifiedTime(file, time);
  }
}
