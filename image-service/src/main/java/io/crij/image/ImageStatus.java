package io.crij.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.ImageStatusResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Tells about one image; an image that is not here is an answer, not an error. */
public final class ImageStatus {
  private final Images images;
  private final PinnedImages pinned;

  ImageStatus(Images images, PinnedImages pinned) {
    this.images = images;
    this.pinned = pinned;
  }

  public ImageStatusResponse run(ImageStatusRequest request) {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CriException.invalid("ImageStatus needs the field image.image: no image was named.");
    }
    Optional<LocalImage> image = images.resolve(name);
    if (image.isEmpty()) {
      return ImageStatusResponse.getDefaultInstance();
    }
    ImageStatusResponse.Builder response = ImageStatusResponse.newBuilder().setImage(ImageMessages.message(image.get(), pinned));
    if (request.getVerbose()) {
      response.putInfo("info", info(image.get()));
    }
    return response.build();
  }

  private static String info(LocalImage image) {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("layersBase", image.layersBase().toString());
    info.put("layersTopFirst", image.lowerNames());
    info.put("rootMode", String.format("%04o %d:%d", image.root().mode(), image.root().uid(), image.root().gid()));
    info.put("config", image.config());
    if (image.isArtifact()) {
      info.put("artifactType", image.artifactType());
    }
    try {
      return Json.OWN.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw CriException.internal("The details of image '" + image.id() + "' cannot be written as JSON.", e);
    }
  }
}
