package io.crij.image;

import io.crij.core.CriException;
import io.crij.cri.RemoveImageRequest;
import io.crij.cri.RemoveImageResponse;
import io.crij.image.content.Reference;
import java.io.IOException;

/**
 * Removes an image with all its names. It is unknown when this returns, and so are its bytes on disk, but for layers that
 * other images share or that containers still stand on: those go with the last of them. Removing what is not here succeeds.
 */
public final class RemoveImage {
  private final Catalogue catalogue;

  RemoveImage(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  public RemoveImageResponse run(RemoveImageRequest request) {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CriException.invalid("RemoveImage needs the field image.image: no image was named.");
    }
    try {
      catalogue.remove(name);
    } catch (IOException e) {
      throw CriException.internal(
          "The image '" + Reference.printable(name) + "' cannot be removed: " + e.getMessage() + ".", e);
    }
    return RemoveImageResponse.getDefaultInstance();
  }
}
