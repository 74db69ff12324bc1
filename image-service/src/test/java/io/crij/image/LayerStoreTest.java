package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerStoreTest {
  @TempDir Path folder;

  @Test
  void aLinkToSomebodyElsesFolderIsNotTakenForAnOwnOne() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    Path others = Files.createDirectory(folder.resolve("others"));
    Files.setPosixFilePermissions(others, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String name : List.of("l", "layers", "seals", "tmp")) {
      Path link = Files.createSymbolicLink(images.resolve(name), others);
      assertThatThrownBy(() -> LayerStore.open(images, Map.of())).isInstanceOf(IOException.class).hasMessageContaining("images/" + name + " is a link");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(others))).isEqualTo("rwxr-xr-x");
      Files.delete(link);
    }
  }

  @Test
  void theImageFolderItselfMayBeALink() throws IOException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path images = Files.createSymbolicLink(folder.resolve("images"), disk);
    assertThat(LayerStore.open(images, Map.of()).folders()).isEmpty();
  }
}
