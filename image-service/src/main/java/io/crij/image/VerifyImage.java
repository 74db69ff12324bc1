package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.AuthConfig;
import io.crij.cri.ImageSpec;
import io.crij.cri.PullImageRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Checks that an image's layers on disk are what the image says, and fetches those again that are not. */
public final class VerifyImage {
  private final Catalogue catalogue;
  private final PullImage pullImage;

  VerifyImage(Catalogue catalogue, PullImage pullImage) {
    this.catalogue = catalogue;
    this.pullImage = pullImage;
  }

  /**
   * Reads all files of the image: some seconds for each gigabyte.
   *
   * @return its layers, top layer first
   * @throws CriException NOT_FOUND if the node has no such image
   */
  public List<LayerState> run(String reference) throws IOException {
    LocalImage image =
        catalogue.resolve(reference).orElseThrow(() -> CriException.notFound("The image '" + reference + "' is not on this node; pull it first."));
    Object holder = new Object();
    try {
      List<LayerState> states = new ArrayList<>();
      for (LayerRecord layer : catalogue.holdAll(holder, image)) {
        states.add(catalogue.check(layer));
      }
      return states;
    } finally {
      catalogue.drop(holder);
      catalogue.collect();
    }
  }

  /**
   * Checks the image and pulls it again if a layer is damaged: what is whole is not fetched. Containers keep the layers that they
   * were started on.
   *
   * @return the state after it, as {@link #run} tells it
   */
  public List<LayerState> repair(String reference, AuthConfig auth) throws IOException {
    List<LayerState> before = run(reference);
    List<String> damaged = before.stream().filter(layer -> layer.health() == LayerState.Health.DAMAGED).map(LayerState::folder).toList();
    if (damaged.isEmpty()) {
      return before;
    }
    LocalImage image = catalogue.resolve(reference).orElseThrow();
    catalogue.renew(damaged);
    if (image.repoTags().isEmpty() && image.repoDigests().isEmpty()) {
      throw new CriException(
          ErrorCode.FAILED_PRECONDITION,
          "The image '" + image.id() + "' cannot be repaired: it was loaded without a name, so no registry has it; load it again.");
    }
    String name = image.repoTags().isEmpty() ? image.repoDigests().getFirst() : image.repoTags().getFirst();
    pullImage.run(PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).setAuth(auth).build());
    return run(image.id());
  }
}
