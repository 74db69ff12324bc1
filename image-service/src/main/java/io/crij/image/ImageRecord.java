package io.crij.image;

import io.crij.image.content.FolderMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image as it stands on disk.
 *
 * @param id {@code sha256:<hex>} of its document
 * @param layers folders of its layers, top layer first
 * @param document bytes of its configuration, of an artifact those of its manifest; null if the image was pulled before they were kept
 * @param artifactType what kind of artifact it is; null for an image of a file system
 */
record ImageRecord(
    String id,
    List<String> repoTags,
    List<String> repoDigests,
    List<String> layers,
    FolderMode root,
    ImageConfig config,
    byte[] passwd,
    byte[] group,
    byte @Nullable [] document,
    @Nullable String artifactType) {
  static final String FORMAT = "crij-image";
  static final int VERSION = 2;

  ImageRecord withNames(List<String> tags, List<String> digests) {
    return new ImageRecord(id, tags, digests, layers, root, config, passwd, group, document, artifactType);
  }
}
