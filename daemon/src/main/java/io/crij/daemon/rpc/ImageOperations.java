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

/** What stands behind each RPC of ImageService that this daemon serves. */
public record ImageOperations(
    Operation<PullImageRequest, PullImageResponse> pull,
    Operation<ImageStatusRequest, ImageStatusResponse> status,
    Operation<ListImagesRequest, ListImagesResponse> list,
    Operation<RemoveImageRequest, RemoveImageResponse> remove,
    Operation<ImageFsInfoRequest, ImageFsInfoResponse> fsInfo) {}
