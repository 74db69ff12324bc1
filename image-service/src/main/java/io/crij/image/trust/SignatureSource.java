package io.crij.image.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.registry.RegistryClient;
import io.crij.image.registry.RegistryException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Signatures where cosign puts them: in the same repository, as the layers of the tag {@code sha256-<hex>.sig}. */
final class SignatureSource {
  private static final String ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
  private static final String PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
  private static final String ANNOTATION = "dev.cosignproject.cosign/signature";
  private static final int MANIFEST_MAX = 1 << 20;
  private static final int PAYLOAD_MAX = 64 << 10;
  private static final int SIGNATURES_MAX = 64;

  private SignatureSource() {}

  /** All signatures of a manifest, unchecked; none if the registry has none. What cannot be one is passed over. */
  static List<ImageSignature> of(RegistryClient client, Digest manifest) throws IOException {
    RegistryClient.Document document;
    try {
      document = client.manifest("sha256-" + manifest.hex() + ".sig", ACCEPT, MANIFEST_MAX);
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
    List<ImageSignature> signatures = new ArrayList<>();
    for (JsonNode layer : layers(document.bytes())) {
      Optional<Digest> digest = Digest.parse(layer.path("digest").asText(""));
      long size = layer.path("size").asLong(-1);
      String signature = layer.path("annotations").path(ANNOTATION).asText("");
      boolean plausible = layer.path("mediaType").asText("").equals(PAYLOAD) && size >= 0 && size <= PAYLOAD_MAX && !signature.isEmpty();
      if (digest.isEmpty() || !plausible || signatures.size() >= SIGNATURES_MAX) {
        continue;
      }
      byte[] payload = client.config(new Descriptor(PAYLOAD, digest.get(), size), PAYLOAD_MAX);
      if (Digest.of(payload).equals(digest.get())) {
        signatures.add(ImageSignature.of(payload, signature));
      }
    }
    return signatures;
  }

  private static JsonNode layers(byte[] manifest) throws IOException {
    try {
      JsonNode root = Json.FOREIGN.readTree(manifest);
      return root == null ? Json.FOREIGN.createArrayNode() : root.path("layers");
    } catch (JsonProcessingException e) {
      return Json.FOREIGN.createArrayNode();
    }
  }
}
