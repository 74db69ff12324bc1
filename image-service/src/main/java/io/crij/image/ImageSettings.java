package io.crij.image;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The node's settings for images.
 *
 * @param registryConfig folder with {@code <host[:port]>/hosts.toml} files in containerd's format, or null for none
 * @param parallelLayers how many layers are fetched and unpacked at one time, over all pulls of the node
 */
public record ImageSettings(@Nullable Path registryConfig, int parallelLayers, ImageLimits limits) {
  /** Three layers at a time, as containerd does, and the limits of {@link ImageLimits#DEFAULT}. */
  public static ImageSettings defaults() {
    return new ImageSettings(null, 3, ImageLimits.DEFAULT);
  }

  public ImageSettings withRegistryConfig(@Nullable Path folder) {
    return new ImageSettings(folder, parallelLayers, limits);
  }
}
