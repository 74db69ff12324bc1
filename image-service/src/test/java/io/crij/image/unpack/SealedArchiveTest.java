package io.crij.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A seal gives back the bytes that went into it; one that a disk has spoilt gives an IOException or other bytes, and nothing worse. */
class SealedArchiveTest {
  @TempDir Path scratch;
  private Path layer;
  private Path seal;

  @BeforeEach
  void write() throws IOException {
    layer = scratch.resolve("layer");
    Files.createDirectories(layer.resolve("etc"));
    Files.writeString(layer.resolve("etc/file"), "0123456789");
    seal = scratch.resolve("seal");
    try (SealWriter writer = new SealWriter(seal)) {
      writer.bytes("<head>".getBytes(StandardCharsets.US_ASCII), 0, 6);
      writer.content("etc/file", List.of(new TarEntry.Chunk(0, 4), new TarEntry.Chunk(6, 4)));
      writer.bytes(new byte[70_000], 0, 70_000);
      writer.finish();
    }
  }

  private byte[] read() throws IOException {
    try (Fd folder = Syscalls.openFolder(layer);
        SealedArchive archive = new SealedArchive(seal, folder)) {
      return archive.readAllBytes();
    }
  }

  @Test
  void folderAndSealAreTheArchive() throws IOException {
    assertThat(read()).hasSize(6 + 8 + 70_000).startsWith("<head>01236789".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aMissingOrShortFileIsDamage() throws IOException {
    Files.writeString(layer.resolve("etc/file"), "0123456");
    assertThatThrownBy(this::read).isInstanceOf(SealedArchive.DamagedException.class).hasMessageContaining("too short");
    Files.delete(layer.resolve("etc/file"));
    assertThatThrownBy(this::read).isInstanceOf(SealedArchive.DamagedException.class).hasMessageContaining("etc/file");
  }

  @Test
  void noFileOutsideTheLayerIsRead() throws IOException {
    Files.writeString(scratch.resolve("secret"), "0123456789");
    Files.delete(layer.resolve("etc/file"));
    Files.createSymbolicLink(layer.resolve("etc/file"), scratch.resolve("secret"));
    assertThatThrownBy(this::read).isInstanceOf(SealedArchive.DamagedException.class);
  }

  @Test
  void aSealThatIsCutOffIsDamage() throws IOException {
    byte[] whole = Files.readAllBytes(seal);
    Files.write(seal, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(this::read).isInstanceOf(IOException.class);
    Files.write(seal, new byte[0]);
    assertThatThrownBy(this::read).isInstanceOf(IOException.class);
  }

  @Test
  void spoiltSealsDoNothingWorse() throws IOException {
    byte[] whole = Files.readAllBytes(seal);
    byte[] parts = Zstd.decompress(whole, 200_000);
    Random random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      boolean inside = round % 2 == 0;
      byte[] spoilt = inside ? parts.clone() : whole.clone();
      for (int change = 0; change <= random.nextInt(4); change++) {
        // the beginning is where lengths and paths are
        spoilt[random.nextInt(Math.min(spoilt.length, inside ? 90 : spoilt.length))] = (byte) random.nextInt();
      }
      Files.write(seal, inside ? Zstd.compress(spoilt) : spoilt);
      try {
        read();
      } catch (IOException expected) {
        // the layer is damaged, and said so
      }
    }
  }
}
