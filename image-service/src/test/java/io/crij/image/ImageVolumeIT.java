package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.ObjectId;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What containers need of images that they mount as volumes. Needs root. */
class ImageVolumeIT {
  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults().withRegistryConfig(scratch.resolve("hosts")));
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private String pull(String name, TestImage image) {
    registry.put(name, "1", image);
    ImageSpec spec = ImageSpec.newBuilder().setImage(registry.host() + "/" + name + ":1").build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec).build()).getImageRef();
  }

  private static Path tree(LocalImage image) {
    return image.layersBase().resolve(image.lowerNames().getFirst());
  }

  @Test
  void aContainerStandsOnItsImageAndOnThoseOfItsVolumes() {
    String app = pull("app", new TestImage().layer(tar -> tar.file("app", "x")));
    String model = pull("model", new TestImage().layer(tar -> tar.file("model", "y")));
    ObjectId container = ObjectId.random();
    LocalImage own = store.uses().acquire(container, app);
    LocalImage volume = store.uses().acquire(container, model);
    for (String id : new String[] {model, app}) {
      store.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build());
      assertThat(store.images().resolve(id)).isEmpty();
    }
    assertThat(tree(own).resolve("app")).exists();
    assertThat(tree(volume).resolve("model")).exists();
    store.uses().release(container);
    assertThat(tree(own)).doesNotExist();
    assertThat(tree(volume)).doesNotExist();
  }

  /** As a process would see it that has the image as its root: through all layers, and never beyond them. */
  @Test
  void pathsAreLookedUpInTheImageAlone() throws IOException {
    String id =
        pull(
            "linked",
            new TestImage()
                .layer(tar -> tar.folder("d", 0755).file("d/below", "b").file("gone", "x").file("file", "x"))
                .layer(
                    tar ->
                        tar.folder("d", 0755).file("d/above", "a").file(".wh.gone", "").symlink("up", "../../../../d").symlink("abs", "/d/above")
                            .symlink("host", "/etc/passwd").symlink("loop", "loop").symlink("dangling", "nowhere")));
    LocalImage image = store.images().resolve(id).orElseThrow();
    for (String there : new String[] {"d", "d/below", "d/above", "up", "up/below", "abs", "file", "d/../file"}) {
      assertThat(image.has(there)).as(there).isTrue();
    }
    for (String missing : new String[] {"gone", "host", "loop", "dangling", "file/x", "abs/x", "up/none", "../../etc/passwd"}) {
      assertThat(image.has(missing)).as(missing).isFalse();
    }
  }
}
