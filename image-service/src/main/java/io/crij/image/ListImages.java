package io.crij.image;

import io.crij.cri.Image;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.ListImagesResponse;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Lists the images of the node, those without a tag, too; a filter by reference leaves one or none. */
public final class ListImages {
  private final Catalogue catalogue;
  private final PinnedImages pinned;

  ListImages(Catalogue catalogue, PinnedImages pinned) {
    this.catalogue = catalogue;
    this.pinned = pinned;
  }

  public ListImagesResponse run(ListImagesRequest request) {
    String wanted = request.getFilter().getImage().getImage();
    Collection<LocalImage> found =
        wanted.isEmpty() ? catalogue.all() : catalogue.resolve(wanted).map(List::of).orElseGet(List::of);
    return ListImagesResponse.newBuilder()
        .addAllImages(found.stream().map(image -> ImageMessages.message(image, pinned)).sorted(Comparator.comparing(Image::getId)).toList())
        .build();
  }
}
