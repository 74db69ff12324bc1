package io.crij.container;

import io.crij.cri.ImageSpec;
import io.crij.image.LocalImage;
import io.crij.image.content.Reference;
import java.util.stream.Stream;

/** The name under which a container's image is shown. */
final class ImageName {
  private ImageName() {}

  /**
   * A name that the image has, for kubelet asks by the image's id and puts the answer into the pod's status for people: the one that
   * the pod was written with, else one with a tag, else one with a digest. An image without a name is shown as it was asked for.
   */
  static String of(LocalImage image, ImageSpec asked) {
    return Stream.of(asked.getUserSpecifiedImage(), asked.getImage())
        .flatMap(name -> Reference.tryParse(name).stream())
        .map(Reference::toString)
        .filter(name -> image.repoTags().contains(name) || image.repoDigests().contains(name))
        .findFirst()
        .or(() -> image.repoTags().stream().findFirst())
        .or(() -> image.repoDigests().stream().findFirst())
        .orElse(asked.getImage());
  }
}
