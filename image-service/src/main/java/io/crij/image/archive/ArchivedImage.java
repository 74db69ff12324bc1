package io.crij.image.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One image that an archive offers. An archive that is an OCI layout is read as that, whatever else lies in it: Docker puts its own
 * {@code manifest.json} beside it, for older tools.
 */
public sealed interface ArchivedImage {
  /** Full names with tags that the archive gives to it; none if it gives none. */
  List<Reference> names();

  /** An image of an OCI layout: {@code top} is its manifest or index, a blob of the layout. */
  record OfLayout(List<Reference> names, Descriptor top) implements ArchivedImage {}

  /** An image of {@code docker save}: its layers are bottom first. */
  record OfDocker(List<Reference> names, Spool.Part config, List<Spool.Part> layers) implements ArchivedImage {}

  int IMAGES_MAX = 1000;
  int INDEX_BYTES_MAX = 4 << 20;

  /** What the archive offers. */
  static List<ArchivedImage> all(ArchiveFiles files, ImageLimits limits) throws IOException {
    Optional<Spool.Part> layout = files.find("oci-layout");
    Optional<Spool.Part> index = files.find("index.json");
    Optional<Spool.Part> manifest = files.find("manifest.json");
    List<ArchivedImage> all;
    if (layout.isPresent() && index.isPresent()) {
      String version = json(files.bytes(layout.get(), 4096, "oci-layout"), "oci-layout").path("imageLayoutVersion").asText("");
      if (!version.startsWith("1.")) {
        throw new HostileContentException("its layout has the version '" + Reference.printable(version) + "'; 1 is known");
      }
      all = ofLayout(json(files.bytes(index.get(), INDEX_BYTES_MAX, "index.json"), "index.json"));
    } else if (manifest.isPresent()) {
      all = ofDocker(json(files.bytes(manifest.get(), INDEX_BYTES_MAX, "manifest.json"), "manifest.json"), files, limits);
    } else {
      throw new HostileContentException("it is neither an OCI image layout (oci-layout and index.json) nor an archive of docker save (manifest.json)");
    }
    if (all.isEmpty()) {
      throw new HostileContentException("there is no image in it");
    }
    return all;
  }

  private static List<ArchivedImage> ofLayout(JsonNode index) throws HostileContentException {
    JsonNode manifests = index.path("manifests");
    if (!manifests.isArray() || manifests.size() > IMAGES_MAX) {
      throw new HostileContentException("its index.json is no list of at most " + IMAGES_MAX + " manifests");
    }
    // One descriptor for each name of an image is usual.
    Map<Descriptor, Set<Reference>> images = new LinkedHashMap<>();
    for (JsonNode manifest : manifests) {
      JsonNode annotations = manifest.path("annotations");
      boolean attestation = annotations.path("vnd.docker.reference.type").asText("").equals("attestation-manifest");
      if (!attestation && !manifest.path("platform").path("os").asText("").equals("unknown")) {
        Set<Reference> names = images.computeIfAbsent(descriptor(manifest), fresh -> new LinkedHashSet<>());
        name(annotations).ifPresent(names::add);
      }
    }
    List<ArchivedImage> all = new ArrayList<>();
    images.forEach((top, names) -> all.add(new OfLayout(List.copyOf(names), top)));
    return all;
  }

  /** containerd and Docker write the full name apart; podman and skopeo write it where the specification has room for it. */
  private static Optional<Reference> name(JsonNode annotations) {
    Optional<Reference> full = tagged(annotations.path("io.containerd.image.name").asText(""));
    String ref = annotations.path("org.opencontainers.image.ref.name").asText("");
    boolean name = ref.indexOf(':') >= 0 || ref.indexOf('/') >= 0; // else a tag alone, which belongs to no repository
    return full.isPresent() || !name ? full : tagged(ref);
  }

  private static Optional<Reference> tagged(String text) {
    return text.isEmpty() ? Optional.empty() : Reference.tryParse(text).filter(reference -> reference.tag() != null);
  }

  private static Descriptor descriptor(JsonNode node) throws HostileContentException {
    @Nullable Digest digest = Digest.parse(node.path("digest").asText("")).orElse(null);
    JsonNode size = node.path("size");
    if (digest == null || !size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
      throw new HostileContentException("its index.json has a manifest without digest or size");
    }
    return new Descriptor(node.path("mediaType").asText(""), digest, size.asLong());
  }

  private static List<ArchivedImage> ofDocker(JsonNode images, ArchiveFiles files, ImageLimits limits) throws HostileContentException {
    if (!images.isArray() || images.size() > IMAGES_MAX) {
      throw new HostileContentException("its manifest.json is no list of at most " + IMAGES_MAX + " images");
    }
    List<ArchivedImage> all = new ArrayList<>();
    for (JsonNode image : images) {
      JsonNode layers = image.path("Layers");
      if (!(layers.isArray() || layers.isNull() || layers.isMissingNode()) || layers.size() > limits.layers()) {
        throw new HostileContentException("its manifest.json has an image whose Layers are no list of at most " + limits.layers());
      }
      List<Spool.Part> parts = new ArrayList<>();
      for (JsonNode layer : layers) {
        parts.add(part(files, layer.asText("")));
      }
      Set<Reference> names = new LinkedHashSet<>();
      for (JsonNode tag : image.path("RepoTags")) {
        tagged(tag.asText("")).ifPresent(names::add);
      }
      all.add(new OfDocker(List.copyOf(names), part(files, image.path("Config").asText("")), List.copyOf(parts)));
    }
    return all;
  }

  private static Spool.Part part(ArchiveFiles files, String path) throws HostileContentException {
    return files.find(path)
        .orElseThrow(() -> new HostileContentException("its manifest.json names the file '" + Reference.printable(path) + "', which is not in it"));
  }

  private static JsonNode json(byte[] bytes, String what) throws IOException {
    try {
      @Nullable JsonNode root = Json.FOREIGN.readTree(bytes);
      if (root == null || !root.isContainerNode()) {
        throw new HostileContentException("its " + what + " is no JSON document");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new HostileContentException("its " + what + " is no JSON: " + Reference.printable(e.getOriginalMessage()));
    }
  }
}
