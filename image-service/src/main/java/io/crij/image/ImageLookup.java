package io.crij.image;

import io.crij.core.ObjectId;
import io.crij.image.content.Reference;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a text may mean: an image's id with or without its algorithm, one of its names, or the begin of one id. */
final class ImageLookup {
  private ImageLookup() {}

  static Optional<LocalImage> find(Map<String, LocalImage> images, String text) {
    LocalImage byId = images.get(text.startsWith("sha256:") ? text : "sha256:" + text);
    if (byId != null) {
      return Optional.of(byId);
    }
    Optional<Reference> reference = Reference.tryParse(text);
    if (reference.isPresent()) {
      String name = reference.get().toString();
      for (LocalImage image : images.values()) {
        if (image.repoTags().contains(name) || image.repoDigests().contains(name)) {
          return Optional.of(image);
        }
      }
    }
    String prefix = text.startsWith("sha256:") ? text : "sha256:" + text;
    if (!ObjectId.isPrefix(prefix.substring("sha256:".length()))) {
      return Optional.empty();
    }
    List<LocalImage> matching = images.values().stream().filter(image -> image.id().startsWith(prefix)).toList();
    return matching.size() == 1 ? Optional.of(matching.getFirst()) : Optional.empty();
  }
}
