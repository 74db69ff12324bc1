package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.image.content.FolderMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedImagesTest {
  @ParameterizedTest
  @CsvSource({
    "registry.example/team/app:1, true",
    "registry.example/team/app:2, false",
    "registry.example/team/app, false",
    "registry.example/*, true",
    "*/app:1, true",
    "*team*, true",
    "registry.example/team/app@sha256:*, true",
    "registry?example/team/app:1, false",
    "*, true",
    "'', false"
  })
  void namesAndPatterns(String pattern, boolean pinned) {
    LocalImage image =
        new LocalImage(
            "sha256:0",
            List.of("registry.example/team/app:1"),
            List.of("registry.example/team/app@sha256:00"),
            1,
            Path.of("/l"),
            List.of("a"),
            FolderMode.DEFAULT,
            new ImageConfig(List.of(), List.of(), List.of(), "", "", "", Set.of(), Map.of()),
            new byte[0],
            new byte[0]);
    assertThat(new PinnedImages(List.of("none", pattern)).contains(image)).isEqualTo(pinned);
  }
}
