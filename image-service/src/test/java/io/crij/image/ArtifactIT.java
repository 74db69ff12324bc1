package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.cri.AuthConfig;
import io.crij.cri.Image;
import io.crij.cri.ImageSpec;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RemoveImageRequest;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Artifacts: pulled like images, and files by the names that their makers gave them. Needs root. */
class ArtifactIT {
  private static final String TYPE = "application/vnd.example.model.v1";

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

  /** A manifest of files; its blobs are in the registry. */
  private final class Artifact {
    private final String repository;
    private final ObjectNode manifest = Json.OWN.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifests.OCI_MANIFEST).put("artifactType", TYPE);
    private final ArrayNode layers;

    Artifact(String repository) {
      this.repository = repository;
      byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
      registry.blob(repository, empty);
      TestImage.describe(manifest.putObject("config"), "application/vnd.oci.empty.v1+json", empty);
      layers = manifest.putArray("layers");
    }

    Artifact file(String type, @Nullable String title, byte[] content) {
      registry.blob(repository, content);
      ObjectNode layer = TestImage.describe(layers.addObject(), type, content);
      if (title != null) {
        layer.putObject("annotations").put("org.opencontainers.image.title", title);
      }
      return this;
    }

    Artifact file(@Nullable String title, String content) {
      return file("application/octet-stream", title, content.getBytes(StandardCharsets.UTF_8));
    }

    Digest push() {
      return registry.manifest(repository, "1", Manifests.OCI_MANIFEST, TestImage.bytes(manifest));
    }
  }

  private String pull(String repository) {
    ImageSpec spec = ImageSpec.newBuilder().setImage(registry.host() + "/" + repository + ":1").build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec).build()).getImageRef();
  }

  private LocalImage local(String id) {
    return store.images().resolve(id).orElseThrow();
  }

  /** The files of all layers, by their paths. */
  private static Path find(LocalImage image, String path) {
    return image.lowerNames().stream().map(name -> image.layersBase().resolve(name).resolve(path)).filter(Files::exists).findFirst().orElseThrow();
  }

  @Test
  void itsBlobsAreFilesByTheirTitles() throws IOException {
    byte[] large = "w".repeat(3_000_000).getBytes(StandardCharsets.UTF_8);
    byte[] tar = TestImage.Tar.of(to -> to.file("inside", "x"));
    Digest manifest =
        new Artifact("model").file("a/b", "weights/model.bin", large).file("README.md", "read me").file("application/vnd.oci.image.layer.v1.tar", "data.tar", tar).file(null, "nameless").file("empty", "").push();
    String id = pull("model");

    assertThat(id).as("the configuration is that of many artifacts").isEqualTo(manifest.toString());
    LocalImage image = local(id);
    assertThat(image.isArtifact()).isTrue();
    assertThat(image.artifactType()).isEqualTo(TYPE);
    assertThat(find(image, "weights/model.bin")).hasBinaryContent(large);
    assertThat(find(image, "README.md")).hasContent("read me");
    assertThat(find(image, "data.tar")).as("not unpacked").hasBinaryContent(tar);
    assertThat(find(image, "sha256-" + Digest.of("nameless".getBytes(StandardCharsets.UTF_8)).hex())).hasContent("nameless");
    assertThat(find(image, "empty")).isEmptyFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(find(image, "weights/model.bin")))).isEqualTo("rw-r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(find(image, "weights")))).isEqualTo("rwxr-xr-x");
    assertThat(image.has("weights")).isTrue();
    assertThat(image.has("weights/none")).isFalse();

    Image status = store.imageStatus().run(ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build()).getImage();
    assertThat(status.getRepoTagsList()).containsExactly(registry.host() + "/model:1");
    assertThat(status.getRepoDigestsList()).containsExactly(registry.host() + "/model@" + manifest);
    assertThat(status.getSize()).isGreaterThan(3_000_000);
    assertThat(status.hasUid()).isFalse();
  }

  @Test
  void filesAreSharedCheckedAndFetchedAgain() throws IOException {
    new Artifact("one").file("model.bin", "the same").file("version", "1").push();
    new Artifact("two").file("model.bin", "the same").file("version", "2").push();
    String one = pull("one");
    registry.seen().clear();
    String two = pull("two");
    String shared = Digest.of("the same".getBytes(StandardCharsets.UTF_8)).hex();
    assertThat(registry.seen()).noneMatch(seen -> seen.path().contains(shared));
    assertThat(store.verifyImage().run(two)).extracting(LayerState::health).containsOnly(LayerState.Health.WHOLE);

    Files.writeString(find(local(two), "model.bin"), "the s4me");
    assertThat(store.verifyImage().run(two)).extracting(LayerState::health).contains(LayerState.Health.DAMAGED);
    assertThat(store.verifyImage().repair(two, AuthConfig.getDefaultInstance())).extracting(LayerState::health).containsOnly(LayerState.Health.WHOLE);
    assertThat(find(local(two), "model.bin")).hasContent("the same");
    assertThat(store.verifyImage().repair(one, AuthConfig.getDefaultInstance())).extracting(LayerState::health).containsOnly(LayerState.Health.WHOLE);
    for (String id : List.of(one, two)) {
      store.removeImage().run(RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build());
    }
    try (Stream<Path> left = Files.list(scratch.resolve("images/l"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void itIsAnArtifactAfterARestart() throws IOException {
    new Artifact("model").file("model.bin", "x").push();
    String id = pull("model");
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults());
    assertThat(local(id).artifactType()).isEqualTo(TYPE);
    assertThatThrownBy(() -> store.saveImages().run(List.of(id), SaveImages.Format.OCI, java.io.OutputStream.nullOutputStream()))
        .hasMessageContaining("is an artifact of type " + TYPE);
  }

  /** An older artifact says by its configuration what it is; one without files has a blob that says so. */
  @Test
  void otherFormsOfArtifacts() throws IOException {
    Artifact chart = new Artifact("chart").file("chart.tgz", "c");
    chart.manifest.remove("artifactType");
    ((ObjectNode) chart.manifest.path("config")).put("mediaType", "application/vnd.cncf.helm.config.v1+json");
    chart.push();
    assertThat(local(pull("chart")).artifactType()).isEqualTo("application/vnd.cncf.helm.config.v1+json");
    new Artifact("nothing").file("application/vnd.oci.empty.v1+json", null, "{}".getBytes(StandardCharsets.UTF_8)).push();
    assertThat(local(pull("nothing")).isArtifact()).isTrue();
    assertThat(local("sha256:" + Digest.of(TestImage.bytes(chart.manifest)).hex()).repoTags()).containsExactly(registry.host() + "/chart:1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../out", "/etc/passwd", "a/../../b", "a//b", ".", "..", "a/", "new\nline", "nul\0"})
  void aTitleThatIsNoPathBelowTheVolumeIsRefused(String title) throws IOException {
    Files.writeString(scratch.resolve("canary"), "untouched");
    new Artifact("bad").file(title, "x").push();
    assertRefused("which is no path of a file in a folder");
    assertThat(scratch.resolve("canary")).hasContent("untouched");
  }

  @Test
  void filesInEachOthersWayAreRefused() throws IOException {
    new Artifact("bad").file("a", "x").file("a", "y").push();
    assertRefused("two of its files have the path 'a'");
    new Artifact("bad").file("a", "x").file("a/b", "y").push();
    assertRefused("'a/b', or one lies below the other");
    new Artifact("bad").file("a/b", "x").file("a", "y").push();
    assertRefused("'a', or one lies below the other");
    new Artifact("bad").file("long/" + "n".repeat(256), "x").push();
    assertRefused("which is no path");
  }

  @Test
  void aFileThatIsNotWhatItsDigestSaysIsRefused() throws IOException {
    Artifact artifact = new Artifact("bad").file("good", "good").file("file", "content");
    registry.blobAt("bad", Digest.of("content".getBytes(StandardCharsets.UTF_8)), "c0ntent".getBytes(StandardCharsets.UTF_8));
    artifact.push();
    assertRefused("its digest is");
  }

  private void assertRefused(String why) throws IOException {
    assertThatThrownBy(() -> pull("bad"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining(why);
    for (String part : List.of("l", "layers", "seals", "tmp", "i")) {
      try (Stream<Path> left = Files.list(scratch.resolve("images").resolve(part))) {
        assertThat(left).as(part).isEmpty();
      }
    }
  }
}
