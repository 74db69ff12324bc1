package io.crij.container.launch;

import io.crij.helper.plan.MountAttr;
import io.crij.image.LocalImage;
import java.util.Set;

/**
 * The tree of an image at a folder of the container.
 *
 * @param target plain absolute path in the container
 * @param image whose layers the container holds
 * @param subPath the part of the tree that is mounted, relative to its root; empty for the whole
 * @param options attributes besides those that every such mount has
 */
public record ImageVolume(String target, LocalImage image, String subPath, Set<MountAttr> options) {
  public ImageVolume {
    options = Set.copyOf(options);
  }
}
