package io.crij.image.content;

/**
 * Permission bits and owner of a folder.
 *
 * @param mode the lower 12 bits of {@code st_mode}
 */
public record FolderMode(int mode, int uid, int gid) {
  /** What a folder gets that no layer describes. */
  public static final FolderMode DEFAULT = new FolderMode(0755, 0, 0);
}
