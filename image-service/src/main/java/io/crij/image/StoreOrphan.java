package io.crij.image;

import java.nio.file.Path;

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
}
