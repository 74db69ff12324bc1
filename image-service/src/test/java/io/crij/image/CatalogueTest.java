package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.image.content.FolderMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tag belongs to one image, whatever fails while it moves. */
class CatalogueTest {
  private static final String TAG = "registry.example/app:1";
  private static final String OLD = "0".repeat(64);
  private static final String NEW = "1".repeat(64);

  @TempDir Path folder;
  private Catalogue catalogue;

  @BeforeEach
  void open() throws IOException {
    catalogue = Catalogue.open(folder, Clock.systemUTC());
  }

  @Test
  void aTagMovesToTheImageThatCameLast() throws IOException {
    catalogue.commit(image(OLD, TAG), () -> {});
    catalogue.commit(image(NEW, TAG), () -> {});
    assertThat(owners(catalogue)).containsExactly(NEW);
    assertThat(owners(Catalogue.open(folder, Clock.systemUTC()))).containsExactly(NEW);
  }

  @Test
  void anImageThatCannotBeWrittenLeavesTheTagWhereItWas() throws IOException {
    catalogue.commit(image(OLD, TAG), () -> {});
    Files.createDirectories(folder.resolve("i").resolve(NEW + ".json").resolve("in the way"));
    assertThatThrownBy(() -> catalogue.commit(image(NEW, TAG), () -> {})).isInstanceOf(IOException.class);
    assertThat(owners(catalogue)).containsExactly(OLD);
    assertThat(owners(Catalogue.open(folder, Clock.systemUTC()))).containsExactly(OLD);
  }

  @Test
  void ofTwoRecordsWithATagTheNewerCounts() throws IOException {
    Path old = folder.resolve("i").resolve(OLD + ".json");
    catalogue.commit(image(OLD, TAG), () -> {});
    byte[] withTag = Files.readAllBytes(old);
    catalogue.commit(image(NEW, TAG), () -> {});
    Files.write(old, withTag); // as if the daemon had ended before it wrote this one again
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));
    assertThat(owners(Catalogue.open(folder, Clock.systemUTC()))).containsExactly(NEW);
  }

  private static List<String> owners(Catalogue catalogue) {
    return catalogue.all().stream().filter(image -> image.repoTags().contains(TAG)).map(image -> image.id().substring(7)).toList();
  }

  private static ImageRecord image(String hex, String tag) {
    ImageConfig config = new ImageConfig(List.of(), List.of(), List.of(), "", "", "", Set.of(), Map.of());
    return new ImageRecord("sha256:" + hex, List.of(tag), List.of(), List.of(), FolderMode.DEFAULT, config, new byte[0], new byte[0], new byte[0], null);
  }
}
