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
import io.crij.image.PullProgress;
import java.io.IOException;
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
    Verify verify) {
  /** Checks the layers of an image, and fetches damaged ones again if that is wanted. */
  @FunctionalInterface
  public interface Verify {
    List<LayerState> run(String image, boolean repair) throws IOException;
  }
}
