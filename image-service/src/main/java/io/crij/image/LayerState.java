package io.crij.image;

/**
 * What a check of one layer found.
 *
 * @param folder its name below the folder of layers
 * @param diffId digest of its archive, empty if it is not known
 * @param what is wrong with it, or why it cannot be checked; empty if it is whole
 */
public record LayerState(String folder, String diffId, Health health, String what) {
  /** Whether a layer is what the image says. */
  public enum Health {
    WHOLE,
    DAMAGED,
    /** It has no seal: its archive names a file twice, or it is older than seals. */
    UNKNOWN
  }
}
