package io.crij.image;

import java.time.Instant;
import java.util.List;

/**
 * How far one pull is.
 *
 * @param image its name as it was asked for
 * @param layers bottom first; empty until the manifest is here
 */
public record PullProgress(String image, Instant started, List<Layer> layers) {
  /** What a layer is doing. */
  public enum Step {
    /** Others are before it. */
    WAITING,
    FETCHING,
    /** Sealed, or it was here already. */
    DONE
  }

  /**
   * One layer.
   *
   * @param digest of the bytes on the wire
   * @param size bytes on the wire
   * @param received bytes of these that went through this pull, those that an earlier one had left on disk among them
   * @param bytesPerSecond over the last seconds
   */
  public record Layer(String digest, long size, long received, long bytesPerSecond, Step step) {}

  /** Bytes on the wire of all layers that are to be fetched. */
  public long size() {
    return layers.stream().mapToLong(Layer::size).sum();
  }

  public long received() {
    return layers.stream().mapToLong(Layer::received).sum();
  }
}
