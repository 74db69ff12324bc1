package io.crij.image;

import java.util.Optional;

/** The images of this node, answered from memory. */
public interface Images {
  /**
   * The image of that name: an id ({@code sha256:<hex>} or bare hex), a tag, a name without a tag ({@code :latest} is
   * meant), a name with a digest, or the unique beginning of an id. Docker Hub's short names are understood.
   */
  Optional<LocalImage> resolve(String reference);
}
