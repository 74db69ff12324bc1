package io.crij.image.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.util.Optional;

/**
 * What a signature says: this manifest is the image of that name ("simple signing" in the form that cosign writes).
 *
 * @param reference as it stands in the payload: a repository, perhaps with a tag or digest
 */
record SignedPayload(Digest manifest, String reference) {
  private static final String TYPE = "cosign container image signature";

  /** Nothing for bytes that are no such statement. */
  static Optional<SignedPayload> parse(byte[] bytes) {
    JsonNode critical;
    try {
      JsonNode root = Json.FOREIGN.readTree(bytes);
      critical = root == null ? Json.FOREIGN.createObjectNode() : root.path("critical");
    } catch (JsonProcessingException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new AssertionError("an array is read without I/O", e);
    }
    Optional<Digest> manifest = Digest.parse(critical.path("image").path("docker-manifest-digest").asText(""));
    String reference = critical.path("identity").path("docker-reference").asText("");
    if (!critical.path("type").asText("").equals(TYPE) || manifest.isEmpty() || reference.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new SignedPayload(manifest.get(), reference));
  }
}
