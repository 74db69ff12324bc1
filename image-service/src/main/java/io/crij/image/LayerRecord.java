package io.crij.image;

import io.crij.image.content.Digest;
import io.crij.image.content.FolderMode;
import org.jspecify.annotations.Nullable;

/**
 * A complete layer on disk.
 *
 * @param key {@code diff:<digest>} for a tree that is the same under any image, {@code chain:<digest>} for one that was
 *     finished with what lies below it, {@code file:<digest>:<path>} for a blob that is one file
 * @param folder its name below the folder of layers; short, since overlay's {@code lowerdir} holds one per layer
 * @param bytes on disk
 * @param root what its archive says of {@code /}, or null
 * @param diffId digest of its archive; null if it has none or was made before this was written down
 * @param sealed whether its archive can be made again from its folder and its seal
 */
record LayerRecord(String key, String folder, long bytes, long inodes, @Nullable FolderMode root, @Nullable String diffId, boolean sealed) {
  static final String FORMAT = "crij-layer";
  static final int VERSION = 2;

  private static final String FILE = "file:";

  static String independent(Digest diffId) {
    return "diff:" + diffId;
  }

  static String file(Digest blob, String path) {
    return FILE + blob + ":" + path;
  }

  /** Whether its archive is nothing but the content of its one file. */
  boolean isFile() {
    return key.startsWith(FILE);
  }

  /** Whether the tree was finished with what lies below it. */
  boolean isCompleted() {
    return key.startsWith("chain:");
  }

  static String chained(String chainId) {
    return "chain:" + chainId;
  }
}
