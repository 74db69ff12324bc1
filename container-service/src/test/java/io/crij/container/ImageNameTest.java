package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cri.ImageSpec;
import io.crij.image.ImageConfig;
import io.crij.image.LocalImage;
import io.crij.image.content.FolderMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageNameTest {
  private static final String ID = "sha256:" + "0".repeat(64);
  private static final String DIGEST = "docker.io/library/web@sha256:" + "1".repeat(64);

  @Test
  void theNameInThePodIsShownForTheId() {
    assertThat(ImageName.of(image(List.of("docker.io/library/a:1", "docker.io/library/web:latest"), List.of(DIGEST)), asked("web")))
        .isEqualTo("docker.io/library/web:latest");
    assertThat(ImageName.of(image(List.of("docker.io/library/a:1"), List.of(DIGEST)), asked(DIGEST))).isEqualTo(DIGEST);
  }

  @Test
  void anotherNameOfTheImageIsBetterThanItsId() {
    assertThat(ImageName.of(image(List.of("docker.io/library/a:1", "docker.io/library/b:1"), List.of(DIGEST)), asked(""))).isEqualTo("docker.io/library/a:1");
    assertThat(ImageName.of(image(List.of(), List.of(DIGEST)), asked("Not A Name"))).isEqualTo(DIGEST);
    assertThat(ImageName.of(image(List.of(), List.of()), asked("gone:1"))).isEqualTo(ID);
  }

  private static ImageSpec asked(String inThePod) {
    return ImageSpec.newBuilder().setImage(ID).setUserSpecifiedImage(inThePod).build();
  }

  private static LocalImage image(List<String> tags, List<String> digests) {
    ImageConfig config = new ImageConfig(List.of(), List.of(), List.of(), "", "", "", Set.of(), Map.of());
    return new LocalImage(ID, tags, digests, 1, Path.of("/layers"), List.of("top"), FolderMode.DEFAULT, config, new byte[0], new byte[0]);
  }
}
