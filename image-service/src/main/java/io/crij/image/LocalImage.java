package io.crij.image;

import io.crij.image.content.FolderMode;
import io.crij.image.unpack.MergedView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * An image that is complete on this node.
 *
 * @param id {@code sha256:<64 hex>}, the digest of the image's configuration, or of an artifact's manifest
 * @param repoTags full names with a tag, sorted; empty for an image pulled by digest only
 * @param repoDigests full names with the digest that the registry answered with, sorted
 * @param size bytes of its layers on disk
 * @param layersBase the folder below which the layers lie
 * @param lowerNames layer folders relative to {@code layersBase}, top layer first, as overlay's {@code lowerdir} wants them;
 *     never empty
 * @param root owner and mode that the image wants for {@code /}: the root of the writable layer must be made so, since
 *     overlay shows the attributes of the uppermost folder
 * @param passwd bytes of {@code /etc/passwd} seen through all layers, empty if the image has none
 * @param group bytes of {@code /etc/group}, likewise
 * @param artifactType the media type that says what kind of artifact it is; empty for an image of a file system
 */
public record LocalImage(
    String id,
    List<String> repoTags,
    List<String> repoDigests,
    long size,
    Path layersBase,
    List<String> lowerNames,
    FolderMode root,
    ImageConfig config,
    byte[] passwd,
    byte[] group,
    String artifactType) {
  /** An image of a file system. */
  public LocalImage(
      String id,
      List<String> repoTags,
      List<String> repoDigests,
      long size,
      Path layersBase,
      List<String> lowerNames,
      FolderMode root,
      ImageConfig config,
      byte[] passwd,
      byte[] group) {
    this(id, repoTags, repoDigests, size, layersBase, lowerNames, root, config, passwd, group, "");
  }

  LocalImage withTags(List<String> tags) {
    return tags.equals(repoTags)
        ? this
        : new LocalImage(id, tags, repoDigests, size, layersBase, lowerNames, root, config, passwd, group, artifactType);
  }

  /** Whether it is files alone, with nothing that says what to run. */
  public boolean isArtifact() {
    return !artifactType.isEmpty();
  }

  /**
   * Whether there is a file or folder at this path of the image, as a process with the image as its root would find it. Its
   * layers must be held meanwhile.
   *
   * @param path relative to the image's root; links in it lead nowhere out of the image
   */
  public boolean has(String path) throws IOException {
    return MergedView.holds(layersBase, lowerNames, path);
  }
}
