package io.crij.image;

import io.crij.cri.FilesystemIdentifier;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.UInt64Value;
import java.time.Instant;

/**
 * What images take on disk with all that is kept of them, each shared layer once. The numbers of layers were added up when those were
 * written: kubelet asks every ten seconds, and a walk through the trees would cost minutes of disk time. What extended attributes and
 * the blocks of very large folders take is not in them.
 */
public final class ImageFsInfo {
  private final Catalogue catalogue;

  ImageFsInfo(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  public ImageFsInfoResponse run(ImageFsInfoRequest request) {
    Instant now = Instant.now();
    DiskUse use = catalogue.use();
    return ImageFsInfoResponse.newBuilder()
        .addImageFilesystems(
            FilesystemUsage.newBuilder()
                .setTimestamp(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(catalogue.imagesDir().toString()))
                .setUsedBytes(UInt64Value.newBuilder().setValue(use.bytes()))
                .setInodesUsed(UInt64Value.newBuilder().setValue(use.inodes())))
        .build();
  }
}
