package io.crij.image;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.image.content.Descriptor;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which file each blob of an artifact becomes: the one that its title names, as ORAS, CRI-O and podman have it, else one with its digest for a name. */
final class ArtifactFiles {
  private static final String TITLE = "org.opencontainers.image.title";
  /** The blob of an artifact that has none (OCI image spec, "Guidance for an Empty Descriptor"). */
  private static final String EMPTY = "application/vnd.oci.empty.v1+json";

  private static final int PATH_BYTES_MAX = 1024;
  private static final int NAME_BYTES_MAX = 255;
  private static final int DEPTH_MAX = 32;

  private final ImageLimits limits;
  private final Set<String> files = new HashSet<>();
  private final Set<String> folders = new HashSet<>();

  ArtifactFiles(ImageLimits limits) {
    this.limits = limits;
  }

  /** Whether the blob says by its type that there is nothing. */
  static boolean isEmpty(Descriptor blob, JsonNode layer) {
    return blob.mediaType().equals(EMPTY) && title(layer).isEmpty();
  }

  /** @throws HostileContentException if the title is no path below a folder, or another blob's path is in its way */
  LayerContent.SingleFile file(Descriptor blob, JsonNode layer) throws HostileContentException {
    if (blob.size() > limits.layerBytes()) {
      throw new HostileContentException("one of its files is larger than " + limits.layerBytes() + " bytes");
    }
    String title = title(layer);
    String path = title.isEmpty() ? "sha256-" + blob.digest().hex() : checked(title);
    boolean fresh = !folders.contains(path) && files.add(path);
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      folders.add(path.substring(0, slash));
      fresh &= !files.contains(path.substring(0, slash));
    }
    if (!fresh) {
      throw new HostileContentException("two of its files have the path '" + Reference.printable(path) + "', or one lies below the other");
    }
    return new LayerContent.SingleFile(blob, path);
  }

  private static String title(JsonNode layer) {
    return layer.path("annotations").path(TITLE).asText("");
  }

  private static String checked(String title) throws HostileContentException {
    List<String> components = List.of(title.split("/", -1));
    boolean plain = title.getBytes(StandardCharsets.UTF_8).length <= PATH_BYTES_MAX && components.size() <= DEPTH_MAX;
    for (String component : components) {
      plain &= !component.isEmpty() && !component.equals(".") && !component.equals("..");
      plain &= component.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX && component.chars().noneMatch(Character::isISOControl);
    }
    if (!plain || !StandardCharsets.UTF_8.newEncoder().canEncode(title)) {
      throw new HostileContentException("one of its files has the title '" + Reference.printable(title) + "', which is no path of a file in a folder");
    }
    return title;
  }
}
