package io.crij.container.stats;

import io.crij.cri.FilesystemIdentifier;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.UInt64Value;
import java.nio.file.Path;
import java.util.List;

/**
 * What all containers wrote, for the answer to ImageFsInfo, as it was last counted. kubelet takes two names for two disks: where images and
 * containers share a filesystem, both have the name of the images' folder.
 */
public final class ContainerFilesystem {
  private final Measuring measuring;

  public ContainerFilesystem(Measuring measuring) {
    this.measuring = measuring;
  }

  /** The answer with the filesystem of the containers' writable layers in it. */
  public ImageFsInfoResponse addTo(ImageFsInfoResponse answer) {
    List<MeasuredContainer> containers = measuring.node().containers();
    measuring.forgetOthers(containers);
    measuring.countLayers(containers);
    long bytes = 0;
    long inodes = 0;
    for (MeasuredContainer container : containers) {
      LayerUse use = measuring.layers().last(container.id()).orElse(null);
      bytes += use == null ? 0 : use.bytes();
      inodes += use == null ? 0 : use.inodes();
    }
    return answer.toBuilder()
        .addContainerFilesystems(
            FilesystemUsage.newBuilder()
                .setTimestamp(measuring.now())
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(name(answer)))
                .setUsedBytes(UInt64Value.newBuilder().setValue(bytes))
                .setInodesUsed(UInt64Value.newBuilder().setValue(inodes)))
        .build();
  }

  private String name(ImageFsInfoResponse answer) {
    String images = answer.getImageFilesystems(0).getFsId().getMountpoint();
    return WritableLayers.mountPoint(Path.of(images)).equals(measuring.filesystem()) ? images : measuring.filesystem();
  }
}
