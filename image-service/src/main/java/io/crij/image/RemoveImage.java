package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
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
  private final NodeImages images;

  RemoveImage(Catalogue catalogue, NodeImages images) {
    this.catalogue = catalogue;
    this.images = images;
  }

  public RemoveImageResponse run(RemoveImageRequest request) {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CriException.invalid("RemoveImage needs the field image.image: no image was named.");
    }
    try {
      catalogue.remove(images.known(name));
      images.forgetSignatures();
    } catch (IOException e) {
      if (DiskSpace.isReadOnly(e)) {
        throw new CriException(
            ErrorCode.FAILED_PRECONDITION,
            "The image '" + Reference.printable(name) + "' cannot be removed: the image folder is on a read-only file system. Mount it writable.",
            e);
      }
      throw CriException.internal(
          "The image '" + Reference.printable(name) + "' cannot be removed: " + e.getMessage() + ".", e);
    }
    return RemoveImageResponse.getDefaultInstance();
  }
}
