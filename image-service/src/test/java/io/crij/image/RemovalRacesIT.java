package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image is removed while something else is done with it: that sees all of it or none, and in the end nothing is left. Needs root. */
class RemovalRacesIT {
  private static final int ROUNDS = 40;

  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;
  private String name;

  @BeforeEach
  void open() throws IOException {
    registry = new FakeRegistry();
    registry.put(
        "app",
        "1",
        new TestImage()
            .layer(
                tar -> {
                  tar.folder("etc", 0755);
                  for (int i = 0; i < 200; i++) {
                    tar.file("etc/f" + i, "content of " + i);
                  }
                })
            .layer(TestImage.Packing.ZSTD, tar -> tar.file("opt/x", "y".repeat(100_000)).hardLink("opt/link", "etc/f1")));
    name = registry.host() + "/app:1";
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private String pull() {
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build()).getImageRef();
  }

  private void remove() {
    store.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
  }

  /** Does the work while the image is removed; nothing if the work says that there is no such image. */
  private <T> Optional<T> whileRemoved(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().start(task);
    remove();
    thread.join();
    try {
      return Optional.of(task.get());
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOfSatisfying(CriException.class, cause -> assertThat(cause.code()).isEqualTo(ErrorCode.NOT_FOUND));
      return Optional.empty();
    }
  }

  private void nothingIsLeft() throws IOException {
    for (String folder : List.of("l", "layers", "seals", "i", "tmp", "partial")) {
      assertThat(LayerStore.children(scratch.resolve("images").resolve(folder))).as(folder).isEmpty();
    }
  }

  @Test
  void aPullThatMeetsARemovalBringsAWholeImage() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 2 == 0) {
        pull();
      }
      whileRemoved(this::pull);
      if (store.images().resolve(name).isPresent()) {
        assertThat(store.verifyImage().run(name)).hasSize(2).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
      }
      remove();
      nothingIsLeft();
    }
  }

  @Test
  void aContainerHasAllLayersOrNoImage() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      pull();
      ObjectId container = ObjectId.random();
      Optional<LocalImage> acquired = whileRemoved(() -> store.uses().acquire(container, name));
      if (acquired.isPresent()) {
        LocalImage image = acquired.get();
        assertThat(image.lowerNames()).allMatch(layer -> Files.isDirectory(image.layersBase().resolve(layer)), "is there");
        assertThat(Files.exists(image.layersBase().resolve(image.lowerNames().getLast()).resolve("etc/f199"))).isTrue();
      }
      store.uses().release(container);
      nothingIsLeft();
    }
  }

  @Test
  void aCheckSeesAWholeImageOrNone() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      pull();
      Optional<List<LayerState>> states = whileRemoved(() -> store.verifyImage().run(name));
      if (states.isPresent()) {
        assertThat(states.get()).hasSize(2).allMatch(layer -> layer.health() == LayerState.Health.WHOLE, "whole");
      }
      nothingIsLeft();
    }
  }

  @Test
  void anArchiveHasAWholeImageOrIsNotMade() throws Exception {
    ImageStore other = ImageStore.open(scratch.resolve("other"), ImageSettings.defaults());
    for (int round = 0; round < ROUNDS / 2; round++) {
      String id = pull();
      ByteArrayOutputStream archive = new ByteArrayOutputStream();
      Optional<Boolean> saved =
          whileRemoved(
              () -> {
                store.saveImages().run(List.of(name), SaveImages.Format.OCI, archive);
                return true;
              });
      if (saved.isPresent()) {
        assertThat(other.loadImages().run(new ByteArrayInputStream(archive.toByteArray()))).extracting(LoadImages.Loaded::id).containsExactly(id);
      }
      nothingIsLeft();
    }
  }

  @Test
  void anImageThatWentBetweenTwoStepsOfACheckIsNotFound() throws IOException {
    pull();
    Catalogue catalogue = Catalogue.open(scratch.resolve("images"), java.time.Clock.systemUTC());
    LocalImage image = catalogue.resolve(name).orElseThrow();
    catalogue.remove(name);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> catalogue.holdAll(this, image))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }
}
