package io.crij.image.unpack;

import io.crij.image.content.FolderMode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What unpacking learnt about a layer.
 *
 * @param bytes on disk, in whole 4 KiB blocks, one for each folder
 * @param root what the archive says of {@code /}, or null if it says nothing
 * @param implied folders that no entry describes: their metadata comes from the layers below
 * @param borrowed hard links to files of layers below: path to target
 * @param sealed whether folder and seal together are the archive again
 */
public record UnpackedLayer(
    long bytes, long inodes, @Nullable FolderMode root, List<String> implied, Map<String, String> borrowed, boolean sealed) {
  UnpackedLayer plus(long moreBytes, long moreInodes) {
    return new UnpackedLayer(bytes + moreBytes, inodes + moreInodes, root, implied, borrowed, sealed);
  }

  /** True if the tree is the same whatever lies below it. */
  public boolean isIndependent() {
    return implied.isEmpty() && borrowed.isEmpty();
  }
}
