package io.crij.daemon.rpc;

import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.ImageStatusResponse;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.ListImagesResponse;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.cri.RemoveImageRequest;
import io.crij.cri.RemoveImageResponse;
import io.crij.image.LayerState;
import io.crij.image.LoadImages;
import io.crij.image.PullProgress;
import io.crij.image.SaveImages;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * What stands behind each RPC of ImageService that this daemon serves, and behind the questions of {@code crij images}.
 *
 * @param underway how far the pulls are that run now
 */
public record ImageOperations(
    Operation<PullImageRequest, PullImageResponse> pull,
    Operation<ImageStatusRequest, ImageStatusResponse> status,
    Operation<ListImagesRequest, ListImagesResponse> list,
    Operation<RemoveImageRequest, RemoveImageResponse> remove,
    Operation<ImageFsInfoRequest, ImageFsInfoResponse> fsInfo,
    Supplier<List<PullProgress>> underway,
    Verify verify,
    Save save,
    Load load) {
  /** Checks the layers of an image, and fetches damaged ones again if that is wanted. */
  @FunctionalInterface
  public interface Verify {
    List<LayerState> run(String image, boolean repair) throws IOException;
  }

  /** Writes images as one archive. */
  @FunctionalInterface
  public interface Save {
    void run(List<String> images, SaveImages.Format format, OutputStream out) throws IOException;
  }

  /** Takes the images out of an archive. */
  @FunctionalInterface
  public interface Load {
    List<LoadImages.Loaded> run(InputStream archive) throws IOException;
  }
}
