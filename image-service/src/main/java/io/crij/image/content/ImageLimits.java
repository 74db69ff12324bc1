package io.crij.image.content;

/**
 * How much an image may ask of the node before the pull fails. All sizes are bytes.
 *
 * @param manifestBytes one manifest or index
 * @param configBytes the image configuration
 * @param layers layers in one image; overlay itself takes about 500
 * @param indexDepth how deep an index may nest
 * @param indexEntries descriptors in one index
 * @param layerBytes one layer, inflated
 * @param layerEntries entries in one layer's archive
 * @param headerBytes PAX or GNU extension headers of one archive entry
 * @param ratio inflated bytes per compressed byte, once {@code ratioFloorBytes} were inflated
 * @param accountBytes {@code /etc/passwd} and {@code /etc/group}, each
 * @param nameBytes heap for the names of folders and links that are remembered while an image is pulled
 */
public record ImageLimits(
    int manifestBytes,
    int configBytes,
    int layers,
    int indexDepth,
    int indexEntries,
    long layerBytes,
    long layerEntries,
    int headerBytes,
    int ratio,
    long ratioFloorBytes,
    int accountBytes,
    long nameBytes) {
  public static final ImageLimits DEFAULT =
      new ImageLimits(4 << 20, 8 << 20, 500, 3, 10_000, 128L << 30, 4_000_000, 1 << 20, 250, 1L << 30, 1 << 20, 64L << 20);
}
