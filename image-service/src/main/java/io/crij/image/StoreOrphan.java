package io.crij.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Something in the image folder that nobody needs.
 *
 * @param why nobody needs it, as half a sentence
 */
public record StoreOrphan(Kind kind, Path path, String why) {
  /** What it is. */
  public enum Kind {
    /** The tree of a layer, with its seal and record. */
    LAYER,
    /** A seal without its layer, or a record that was never finished. */
    FILE,
    /** The first bytes of a blob. */
    PARTIAL_BLOB,
    /** A layer that was being unpacked or removed, or an archive that was being loaded. */
    SCRATCH
  }

  /**
   * Finds what nobody needs.
   *
   * @param unneeded folders of the layers that no image, container or pull has
   */
  static List<StoreOrphan> search(
      Set<String> unneeded, LayerStore layers, ImageRecords records, UnsyncedLayers unsynced, PartialBlobs partialBlobs) throws IOException {
    List<StoreOrphan> orphans = new ArrayList<>();
    for (String folder : unneeded) {
      String why =
          layers.isStray(folder)
              ? "it has no record: it was never finished, or was being removed, when the daemon was killed or the power went"
              : "no image, container or pull needs it";
      orphans.add(new StoreOrphan(Kind.LAYER, layers.trees().resolve(folder), why));
    }
    for (Path file : layers.orphanFiles()) {
      orphans.add(new StoreOrphan(Kind.FILE, file, "the layer that it was written for is not there"));
    }
    for (Path file : records.orphanFiles()) {
      orphans.add(new StoreOrphan(Kind.FILE, file, "a killed daemon did not finish it"));
    }
    for (Path file : unsynced.orphanFiles()) {
      orphans.add(new StoreOrphan(Kind.FILE, file, "a killed daemon did not finish it"));
    }
    for (Path file : partialBlobs.abandoned()) {
      orphans.add(new StoreOrphan(Kind.PARTIAL_BLOB, file, "no pull came back for it"));
    }
    for (Path path : layers.leftovers()) {
      orphans.add(new StoreOrphan(Kind.SCRATCH, path, "the pull, load or removal that it was part of did not end"));
    }
    return orphans;
  }
}
