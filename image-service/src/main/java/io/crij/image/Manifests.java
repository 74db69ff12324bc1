package io.crij.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.registry.RegistryClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads OCI and Docker schema 2 manifests and indexes. A document is either the one or the other: one that could be read as
 * both, or whose media type contradicts the registry's, is refused, since two readers would see two images in it.
 */
final class Manifests {
  static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
  static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
  private static final List<String> TYPES = List.of(OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST);
  static final String ACCEPT = String.join(", ", TYPES);
  private static final int TYPE_MAX = 255;
  /** Further ones are not asked. */
  private static final int URLS_MAX = 8;
  private static final Set<String> CONFIGS =
      Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");
  private static final Set<String> LAYERS =
      Set.of(
          "application/vnd.oci.image.layer.v1.tar",
          "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.oci.image.layer.v1.tar+zstd",
          "application/vnd.oci.image.layer.nondistributable.v1.tar",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.diff.tar",
          "application/vnd.docker.image.rootfs.diff.tar.gzip",
          "application/vnd.docker.image.rootfs.diff.tar.zstd",
          "application/vnd.docker.image.rootfs.foreign.diff.tar",
          "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

  /** What one document says. */
  sealed interface Document permits Index, Manifest, Artifact {}

  /** @param candidates the manifests for this node's platform, best first */
  record Index(List<Descriptor> candidates, String platforms) implements Document {}

  record Manifest(Descriptor config, List<Descriptor> layers) implements Document {}

  /** @param type what kind of artifact it is, never empty */
  record Artifact(String type, List<LayerContent> files) implements Document {}

  private Manifests() {}

  static Document parse(RegistryClient.Document document, Platform platform, ImageLimits limits) throws IOException {
    JsonNode root = json(document.bytes(), "manifest");
    String type = root.path("mediaType").asText("");
    String header = document.contentType().split(";", 2)[0].strip();
    boolean known = TYPES.contains(header);
    if (!type.isEmpty() && known && !type.equals(header)) {
      throw new HostileContentException("its manifest says '" + Reference.printable(type) + "' where the registry says '" + Reference.printable(header) + "'");
    }
    String effective = type.isEmpty() && known ? header : type;
    boolean looksLikeIndex = root.has("manifests");
    boolean looksLikeManifest = root.has("layers") || root.has("config");
    if (looksLikeIndex && looksLikeManifest) {
      throw new HostileContentException("its manifest could be read as an index, too");
    }
    if (root.has("fsLayers") || root.path("schemaVersion").asInt(2) == 1) {
      throw new HostileContentException("its manifest is of Docker's schema 1, which no longer proves its content; push the image again with a current tool");
    }
    if (looksLikeIndex && (effective.isEmpty() || effective.equals(OCI_INDEX) || effective.equals(DOCKER_LIST))) {
      return index(root, platform, limits);
    }
    if (looksLikeManifest && (effective.isEmpty() || effective.equals(OCI_MANIFEST) || effective.equals(DOCKER_MANIFEST))) {
      return manifest(root, !effective.equals(DOCKER_MANIFEST), limits);
    }
    throw new HostileContentException("its manifest has the unknown type '" + Reference.printable(effective.isEmpty() ? header : effective) + "'");
  }

  private static Index index(JsonNode root, Platform platform, ImageLimits limits) throws HostileContentException {
    JsonNode entries = root.path("manifests");
    if (!entries.isArray() || entries.size() > limits.indexEntries()) {
      throw new HostileContentException("its index is no list of at most " + limits.indexEntries() + " manifests");
    }
    record Ranked(int rank, Descriptor descriptor) {}
    List<Ranked> fitting = new ArrayList<>();
    List<String> offered = new ArrayList<>();
    for (JsonNode entry : entries) {
      JsonNode wanted = entry.path("platform");
      String os = wanted.path("os").asText("");
      String architecture = wanted.path("architecture").asText("");
      String variant = wanted.path("variant").asText("");
      if (offered.size() < 20 && !os.equals("unknown")) {
        offered.add(Reference.printable(os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant)));
      }
      boolean anyPlatform = wanted.isMissingNode() && !isManifest(entry); // a nested index may leave it out
      Optional<Integer> rank = anyPlatform ? Optional.of(Integer.MAX_VALUE) : platform.rank(os, architecture, variant);
      if (rank.isPresent()) {
        fitting.add(new Ranked(rank.get(), descriptor(entry, "index")));
      }
    }
    fitting.sort(java.util.Comparator.comparingInt(Ranked::rank));
    return new Index(fitting.stream().map(Ranked::descriptor).toList(), String.join(", ", offered));
  }

  private static boolean isManifest(JsonNode entry) {
    String type = entry.path("mediaType").asText("");
    return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
  }

  private static Document manifest(JsonNode root, boolean mayBeArtifact, ImageLimits limits) throws HostileContentException {
    JsonNode layers = root.path("layers");
    if (!layers.isArray() || layers.size() > limits.layers()) {
      throw new HostileContentException("its manifest is no list of at most " + limits.layers() + " layers");
    }
    Descriptor config = descriptor(root.path("config"), "manifest");
    if (!CONFIGS.contains(config.mediaType()) && mayBeArtifact) {
      return artifact(root, config, limits);
    }
    if (!CONFIGS.contains(config.mediaType())) {
      throw new HostileContentException("it is no container image: its configuration has the type '" + Reference.printable(config.mediaType()) + "'");
    }
    if (config.size() > limits.configBytes()) {
      throw new HostileContentException("its configuration is larger than " + limits.configBytes() + " bytes");
    }
    List<Descriptor> all = new ArrayList<>();
    for (JsonNode layer : layers) {
      Descriptor descriptor = descriptor(layer, "manifest");
      if (!LAYERS.contains(descriptor.mediaType())) {
        throw new HostileContentException("one of its layers has the unknown type '" + Reference.printable(descriptor.mediaType()) + "'");
      }
      all.add(descriptor);
    }
    return new Manifest(config, List.copyOf(all));
  }

  /** Whoever has a configuration of another type than an image's has nothing to run (OCI image spec, "Guidelines for Artifact Usage"). */
  private static Artifact artifact(JsonNode root, Descriptor config, ImageLimits limits) throws HostileContentException {
    String type = root.path("artifactType").asText("");
    if (type.isEmpty()) {
      type = config.mediaType();
    }
    if (type.isEmpty() || type.length() > TYPE_MAX) {
      throw new HostileContentException("its manifest does not say of which type it is");
    }
    ArtifactFiles paths = new ArtifactFiles(limits);
    List<LayerContent> files = new ArrayList<>();
    for (JsonNode layer : root.path("layers")) {
      Descriptor blob = descriptor(layer, "manifest");
      if (!ArtifactFiles.isEmpty(blob, layer)) {
        files.add(paths.file(blob, layer));
      }
    }
    return new Artifact(type, List.copyOf(files));
  }

  private static Descriptor descriptor(JsonNode node, String where) throws HostileContentException {
    Digest digest =
        Digest.parse(node.path("digest").asText(""))
            .orElseThrow(() -> new HostileContentException("its " + where + " has a digest that is not sha256 and 64 hex characters"));
    JsonNode size = node.path("size");
    if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
      throw new HostileContentException("its " + where + " has a size that is no number of bytes");
    }
    if (node.has("mediaType") && !node.path("mediaType").isTextual()) {
      throw new HostileContentException("its " + where + " has a mediaType that is no text");
    }
    List<String> urls = new ArrayList<>();
    for (JsonNode url : node.path("urls")) {
      if (urls.size() < URLS_MAX && url.isTextual()) {
        urls.add(url.asText());
      }
    }
    return new Descriptor(node.path("mediaType").asText(""), digest, size.asLong(), List.copyOf(urls));
  }

  /** A JSON object of a stranger. */
  static JsonNode json(byte[] bytes, String what) throws IOException {
    @Nullable JsonNode root;
    try {
      root = Json.FOREIGN.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new HostileContentException("its " + what + " is no JSON: " + Reference.printable(e.getOriginalMessage()));
    }
    if (root == null || !root.isObject()) {
      throw new HostileContentException("its " + what + " is no JSON object");
    }
    return root;
  }
}
