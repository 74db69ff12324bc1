package io.crij.image;

import io.crij.image.content.FolderMode;
import java.util.List;

/**
 * An image as it stands on disk.
 *
 * @param id {@code sha256:<hex>} of its configuration
 * @param layers folders of its layers, top layer first
 */
record ImageRecord(
    String id,
    List<String> repoTags,
    List<String> repoDigests,
    List<String> layers,
    FolderMode root,
    ImageConfig config,
    byte[] passwd,
    byte[] group) {
  static final String FORMAT = "crij-image";
  static final int VERSION = 1;

  static ImageRecord of(LocalImage image) {
    return new ImageRecord(
        image.id(), image.repoTags(), image.repoDigests(), image.lowerNames(), image.root(), image.config(), image.passwd(), image.group());
  }

  ImageRecord withNames(List<String> tags, List<String> digests) {
    return new ImageRecord(id, tags, digests, layers, root, config, passwd, group);
  }
}
