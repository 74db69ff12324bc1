package io.crij.daemon.rpc;

import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.ImageServiceGrpc;
import io.crij.cri.ImageStatusRequest;
import io.crij.cri.ImageStatusResponse;
import io.crij.cri.ListImagesRequest;
import io.crij.cri.ListImagesResponse;
import io.crij.cri.PullImageRequest;
import io.crij.cri.PullImageResponse;
import io.crij.cri.RemoveImageRequest;
import io.crij.cri.RemoveImageResponse;
import io.crij.cri.StreamImagesRequest;
import io.crij.cri.StreamImagesResponse;
import io.crij.daemon.rpc.Edge.Kind;
import io.grpc.stub.StreamObserver;

/** ImageService as it stands on the wire. Each RPC hands its request to the operation of its name. */
final class ImageEndpoint extends ImageServiceGrpc.ImageServiceImplBase {
  private final ImageOperations operations;

  ImageEndpoint(ImageOperations operations) {
    this.operations = operations;
  }

  @Override
  public void listImages(ListImagesRequest request, StreamObserver<ListImagesResponse> out) {
    Edge.answer("ListImages", Kind.READ, request, out, operations.list());
  }

  @Override
  public void streamImages(StreamImagesRequest request, StreamObserver<StreamImagesResponse> out) {
    Edge.stream("StreamImages", request, out,
        q -> operations.list().run(ListImagesRequest.newBuilder().setFilter(q.getFilter()).build()).getImagesList(),
        part -> StreamImagesResponse.newBuilder().addAllImages(part).build());
  }

  @Override
  public void imageStatus(ImageStatusRequest request, StreamObserver<ImageStatusResponse> out) {
    Edge.answer("ImageStatus", Kind.READ, request, out, operations.status());
  }

  @Override
  public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> out) {
    Edge.answer("PullImage", Kind.WHILE_WANTED, request, out, operations.pull());
  }

  @Override
  public void removeImage(RemoveImageRequest request, StreamObserver<RemoveImageResponse> out) {
    Edge.answer("RemoveImage", Kind.CHANGE, request, out, operations.remove());
  }

  @Override
  public void imageFsInfo(ImageFsInfoRequest request, StreamObserver<ImageFsInfoResponse> out) {
    Edge.answer("ImageFsInfo", Kind.READ, request, out, operations.fsInfo());
  }
}
