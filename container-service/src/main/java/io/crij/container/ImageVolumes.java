package io.crij.container;

import io.crij.container.launch.CriMounts;
import io.crij.container.launch.ImageVolume;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ImageSpec;
import io.crij.cri.Mount;
import io.crij.image.ImageUses;
import io.crij.image.LocalImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The images that a request mounts as volumes. kubelet shows an error of theirs under its own name, which the message begins with. */
final class ImageVolumes {
  private static final String NAME = "ImageVolumeMountFailed: ";

  private ImageVolumes() {}

  /**
   * Resolves them and holds their layers for the container, as those of its own image are held.
   *
   * @throws CriException NOT_FOUND for an image that is not here; INVALID_ARGUMENT naming the field
   */
  static List<ImageVolume> acquire(ImageUses images, ObjectId container, ContainerConfig config, String namespace) {
    List<ImageVolume> volumes = new ArrayList<>();
    for (CriMounts.AskedImage asked : asked(config)) {
      LocalImage image;
      try {
        image = images.acquire(container, asked.reference());
        images.checkTrust(image, namespace, "");
      } catch (CriException e) {
        // kubelet looks at the start of those messages that have the code UNKNOWN.
        String where = NAME + asked.field() + ".image: ";
        throw new CriException(e.code(), e.code() == ErrorCode.UNKNOWN ? e.getMessage() : where + e.getMessage(), e);
      }
      checkPart(image, asked);
      volumes.add(new ImageVolume(asked.target(), image, asked.subPath(), asked.options()));
    }
    return volumes;
  }

  private static List<CriMounts.AskedImage> asked(ContainerConfig config) {
    try {
      return CriMounts.images(config);
    } catch (CriException e) {
      throw new CriException(e.code(), NAME + e.getMessage(), e);
    }
  }

  private static void checkPart(LocalImage image, CriMounts.AskedImage asked) {
    try {
      if (!asked.subPath().isEmpty() && !image.has(asked.subPath())) {
        throw CriException.invalid(
            NAME + asked.field() + ".image_sub_path: '" + Printable.of(asked.subPath()) + "' is not in image " + image.id() + ".");
      }
    } catch (IOException e) {
      throw CriException.internal(
          NAME + asked.field() + ".image_sub_path: the layers of image " + image.id() + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  /** The configuration with the images' ids, by which kubelet's garbage collection sees that they are in use. */
  static ContainerConfig pinned(ContainerConfig config, List<ImageVolume> volumes) {
    if (volumes.isEmpty()) {
      return config;
    }
    ContainerConfig.Builder pinned = config.toBuilder();
    int next = 0;
    for (int i = 0; i < config.getMountsCount(); i++) {
      Mount mount = config.getMounts(i);
      if (CriMounts.isImage(mount)) {
        String id = volumes.get(next++).image().id();
        ImageSpec image = mount.getImage().toBuilder().setImage(id).setImageRef(id).build();
        pinned.setMounts(i, mount.toBuilder().setImage(image));
      }
    }
    return pinned.build();
  }
}
