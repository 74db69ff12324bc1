package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store whose disk is full at each point of a pull, or has become read-only: a typed error, nothing left, and it goes on afterwards. */
class FullDiskIT {
  private static final int DISK_BYTES = 16 << 20;
  private static final int BLOCK = 4096;

  @TempDir Path scratch;
  private Path disk;
  private FakeRegistry registry;
  private ImageStore store;

  @BeforeEach
  void open() throws Exception {
    registry = new FakeRegistry();
    disk = Files.createDirectory(scratch.resolve("disk"));
    Path file = scratch.resolve("file");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(DISK_BYTES);
    }
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", file.toString());
    run("mount", "-o", "loop", file.toString(), disk.toString());
    store = ImageStore.open(disk.resolve("images"), ImageSettings.defaults());
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
    run("umount", "-l", disk.toString());
  }

  private static TestImage image() {
    byte[] noise = new byte[1_500_000];
    new Random(3).nextBytes(noise);
    String hex = java.util.HexFormat.of().formatHex(noise);
    return new TestImage()
        .layer(TestImage.Packing.GZIP, tar -> tar.folder("opt", 0755).file("opt/large", hex).file("opt/lent", "x".repeat(200_000)))
        .layer(TestImage.Packing.ZSTD, tar -> {
          tar.folder("small", 0755);
          for (int i = 0; i < 300; i++) {
            tar.file("small/f" + i, "content of " + i);
          }
        })
        .layer(TestImage.Packing.GZIP, tar -> tar.file("opt/implied/file", "text").hardLink("opt/link", "opt/lent"));
  }

  private String pull() {
    return pull("app:1");
  }

  private String pull(String name) {
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec(registry.host() + "/" + name)).build()).getImageRef();
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private void remove(String image) {
    store.removeImage().run(RemoveImageRequest.newBuilder().setImage(spec(image)).build());
  }

  /** Takes all of the disk but so many blocks. What the file system says of its free blocks includes some that it does not give. */
  private Path fillButFor(int blocks) throws Exception {
    Path filler = disk.resolve("filler");
    run("sync", "-f", disk.toString());
    long taken = 0;
    for (long step = DISK_BYTES; step >= BLOCK; step /= 2) {
      while (new ProcessBuilder("fallocate", "-o", "" + taken, "-l", "" + step, filler.toString()).start().waitFor() == 0) {
        taken += step;
      }
    }
    run("truncate", "-s", "" + Math.max(0, taken - (long) blocks * BLOCK), filler.toString());
    return filler;
  }

  private List<Path> leftovers() throws IOException {
    try (Stream<Path> all = Files.walk(disk.resolve("images"))) {
      return all.filter(path -> Files.isRegularFile(path) && !path.endsWith("unsynced.json")).toList();
    }
  }

  private List<String> folders() throws IOException {
    try (Stream<Path> all = Stream.of("l", "tmp", "seals", "layers", "partial", "i").flatMap(name -> children(disk.resolve("images").resolve(name)))) {
      return all.map(Path::toString).toList();
    }
  }

  private static Stream<Path> children(Path folder) {
    try {
      return LayerStore.children(folder).stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aDiskThatFillsUpAtAnyPointOfAPullIsSaidAndNothingStays() throws Exception {
    registry.put("app", "1", image());
    String id = pull();
    remove(id);
    int needed = 1700; // blocks of 4 KiB: some more than the image takes while it is pulled
    int failed = 0;
    for (int free = 0; free < needed; free += free < 40 ? 5 : 181) {
      Path filler = fillButFor(free);
      try {
        pull();
      } catch (CriException e) {
        failed++;
        assertThat(e.code()).as("with %d blocks: %s", free, e.getMessage()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
        assertThat(folders()).as("with %d blocks", free).isEmpty();
      }
      Files.delete(filler);
      assertThat(pull()).isEqualTo(id);
      assertThat(store.verifyImage().run(id)).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
      remove(id);
      assertThat(leftovers()).as("with %d blocks", free).isEmpty();
    }
    assertThat(failed).isGreaterThan(8);
  }

  @Test
  void anImageIsRemovedFromAFullDisk() throws Exception {
    registry.put("app", "1", image());
    String id = pull();
    fillButFor(0);
    remove(id);
    assertThat(folders()).isEmpty();
  }

  @Test
  void aDiskWithoutInodesIsSaidAndNothingStays() throws Exception {
    registry.put("app", "1", image());
    Path many = Files.createDirectory(disk.resolve("many"));
    assertThatThrownBy(
            () -> {
              for (int i = 0; ; i++) {
                Files.createFile(many.resolve("f" + i));
              }
            })
        .isInstanceOf(IOException.class);
    for (int i = 0; i < 40; i++) {
      Files.delete(many.resolve("f" + i));
    }
    assertThatThrownBy(this::pull).isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED));
    assertThat(folders()).isEmpty();
    run("rm", "-r", many.toString());
    pull();
  }

  @Test
  void aDiskThatBecameReadOnlyIsSaidAndReadsGoOn() throws Exception {
    registry.put("app", "1", image());
    registry.put("other", "1", new TestImage().layer(tar -> tar.file("file", "text")));
    String id = pull();
    run("mount", "-o", "remount,ro", disk.toString());
    assertThatThrownBy(() -> pull("other:1"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("read-only");
    assertThatThrownBy(() -> remove(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION));
    assertThat(store.images().resolve(id)).isPresent();
    assertThat(store.verifyImage().run(id)).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
    run("mount", "-o", "remount,rw", disk.toString());
    pull("other:1");
    remove(id);
    assertThat(store.images().resolve(id)).isEmpty();
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
