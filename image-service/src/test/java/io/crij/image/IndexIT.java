package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.Json;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes in indexes, and what else stands in them beside images. Needs root. */
class IndexIT {
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

  private String pull() {
    ImageSpec spec = ImageSpec.newBuilder().setImage(registry.host() + "/many:all").build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec).build()).getImageRef();
  }

  private static TestImage image() {
    return new TestImage().layer(tar -> tar.file("f", "x"));
  }

  private static ObjectNode index() {
    return Json.OWN.createObjectNode().put("schemaVersion", 2).put("mediaType", Manifests.OCI_INDEX);
  }

  private static ObjectNode entry(ObjectNode index, String type, byte[] content) {
    return TestImage.describe(index.withArray("manifests").addObject(), type, content);
  }

  private static void platform(ObjectNode entry, String os, String architecture) {
    entry.putObject("platform").put("os", os).put("architecture", architecture);
  }

  /** Served under its digest, too, where the one around it looks for it. */
  private Digest put(ObjectNode index, String tag) {
    return registry.manifest("many", tag, Manifests.OCI_INDEX, TestImage.bytes(index));
  }

  /** Each of the inner ones without a platform, as tools write that put two indexes into one. */
  private String nested(TestImage image, int depth) {
    registry.put("many", "inner", image);
    ObjectNode current = index();
    platform(entry(current, Manifests.OCI_MANIFEST, image.manifestBytes()), "linux", Platform.ofThisNode().architecture());
    for (int i = 1; i < depth; i++) {
      put(current, "inner" + i);
      ObjectNode outer = index();
      entry(outer, Manifests.OCI_INDEX, TestImage.bytes(current));
      current = outer;
    }
    return put(current, "all").toString();
  }

  @Test
  void anIndexMayHoldIndexes() {
    TestImage image = image();
    String top = nested(image, 3);
    assertThat(pull()).isEqualTo(Digest.of(image.configBytes()).toString());
    assertThat(store.images().resolve(registry.host() + "/many@" + top)).isPresent();
  }

  @Test
  void anIndexThatNestsTooDeepIsRefused() {
    nested(image(), 5);
    assertThatThrownBy(this::pull).hasMessageContaining("its index nests deeper than 3");
  }

  /** Docker's builder says of each image how it was built, in a manifest for no platform at all. */
  @Test
  void attestationsArePassedOver() {
    TestImage image = image();
    registry.put("many", "inner", image);
    ObjectNode index = index();
    ObjectNode attestation = entry(index, Manifests.OCI_MANIFEST, "{}".getBytes(StandardCharsets.UTF_8));
    platform(attestation, "unknown", "unknown");
    attestation.putObject("annotations").put("vnd.docker.reference.type", "attestation-manifest").put("vnd.docker.reference.digest", Digest.of(image.manifestBytes()).toString());
    platform(entry(index, Manifests.OCI_MANIFEST, image.manifestBytes()), "linux", Platform.ofThisNode().architecture());
    put(index, "all");
    assertThat(pull()).isEqualTo(Digest.of(image.configBytes()).toString());

    ArrayNode entries = index.withArray("manifests");
    entries.remove(1);
    platform(entry(index, Manifests.OCI_MANIFEST, image.manifestBytes()), "linux", "s390x");
    put(index, "all");
    assertThatThrownBy(this::pull).hasMessageContaining("it is not built for " + Platform.ofThisNode() + ", only for linux/s390x");
  }
}
