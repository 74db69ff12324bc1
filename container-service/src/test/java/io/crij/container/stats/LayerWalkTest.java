package io.crij.container.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerWalkTest {
  @TempDir Path folder;

  private LayerWalk.Found count() throws IOException {
    return LayerWalk.count(List.of(folder));
  }

  @Test
  void countsFilesAndFoldersByTheirBlocks() throws IOException {
    long empty = count().bytes();
    assertThat(count().inodes()).as("the folder itself").isEqualTo(1);
    Files.write(Files.createDirectories(folder.resolve("a/b")).resolve("file"), new byte[100_000]);
    LayerWalk.Found found = count();
    assertThat(found.inodes()).isEqualTo(4);
    assertThat(found.bytes()).isBetween(empty + 100_000, empty + 140_000);
    assertThat(found.complete()).isTrue();
  }

  @Test
  void foldersAreCountedTogetherAndMissingOnesHoldNothing() throws IOException {
    Path a = Files.createDirectory(folder.resolve("a"));
    Path b = Files.createDirectory(folder.resolve("b"));
    Files.createFile(b.resolve("x"));
    assertThat(LayerWalk.count(List.of(a, folder.resolve("none"), b)).inodes()).isEqualTo(3);
    assertThat(LayerWalk.count(List.of(folder.resolve("none"))).inodes()).isZero();
  }

  @Test
  void aFileWithTwoNamesCountsOnce() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[1 << 20]);
    LayerWalk.Found one = count();
    Files.createLink(folder.resolve("other"), file);
    Files.createLink(folder.resolve("third"), file);
    assertThat(count().inodes()).isEqualTo(one.inodes());
    assertThat(count().bytes()).isBetween(one.bytes() - 10, one.bytes());
  }

  @Test
  void linksAreNotFollowedAndHolesNotCounted() throws IOException {
    Files.createSymbolicLink(folder.resolve("link"), Path.of("/usr"));
    try (var file = Files.newByteChannel(
        folder.resolve("sparse"), java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE, java.nio.file.StandardOpenOption.SPARSE)) {
      file.position(1L << 30).write(java.nio.ByteBuffer.wrap(new byte[1]));
    }
    LayerWalk.Found found = count();
    assertThat(found.inodes()).isEqualTo(3);
    assertThat(found.bytes()).isLessThan(1 << 20);
  }

  @Test
  void whatLiesDeeperThanTheLimitIsNotCountedAndToldSo() throws IOException {
    Path deep = folder;
    for (int i = 0; i < LayerWalk.DEEPEST + 5; i++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    LayerWalk.Found found = count();
    assertThat(found.complete()).isFalse();
    assertThat(found.inodes()).isEqualTo(LayerWalk.DEEPEST + 1);
  }
}
