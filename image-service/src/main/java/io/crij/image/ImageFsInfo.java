package io.crij.image;

import io.crij.cri.FilesystemIdentifier;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.UInt64Value;
import java.time.Instant;

/**
 * What images take on disk, each shared layer once. The numbers were added up when the layers were written: kubelet asks every
 * ten seconds, and a walk through the trees would cost minutes of disk time.
 */
public final class ImageFsInfo {
  private final Catalogue catalogue;

  ImageFsInfo(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  public ImageFsInfoResponse run(ImageFsInfoRequest request) {
    Instant now = Instant.now();
    return ImageFsInfoResponse.newBuilder()
        .addImageFilesystems(
            FilesystemUsage.newBuilder()
                .setTimestamp(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(catalogue.imagesDir().toString()))
                .setUsedBytes(UInt64Value.newBuilder().setValue(catalogue.usedBytes()))
                .setInodesUsed(UInt64Value.newBuilder().setValue(catalogue.usedInodes())))
        .build();
  }
}
