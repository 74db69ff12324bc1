package io.crij.image;

import io.crij.image.content.ImageLimits;
import io.crij.image.registry.RegistrySettings;
import io.crij.image.trust.TrustSettings;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node's settings for images.
 *
 * @param registries how registries are reached
 * @param trust where the policies are that say which images are taken
 * @param parallelLayers how many layers are fetched and unpacked at one time from one registry, over all pulls
 * @param pinned names of images that are not for kubelet's garbage collection; {@code *} stands for any characters
 */
public record ImageSettings(RegistrySettings registries, TrustSettings trust, int parallelLayers, ImageLimits limits, List<String> pinned) {
  /** Three layers at a time, as containerd does, and the limits of {@link ImageLimits#DEFAULT}. */
  public static ImageSettings defaults() {
    return new ImageSettings(RegistrySettings.defaults(), TrustSettings.NONE, 3, ImageLimits.DEFAULT, List.of());
  }

  public ImageSettings withRegistries(RegistrySettings changed) {
    return new ImageSettings(changed, trust, parallelLayers, limits, pinned);
  }

  public ImageSettings withTrust(TrustSettings changed) {
    return new ImageSettings(registries, changed, parallelLayers, limits, pinned);
  }

  public ImageSettings withRegistryConfig(@Nullable Path folder) {
    return withRegistries(registries.withHostsFolder(folder));
  }
}
