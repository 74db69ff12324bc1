package io.crij.container.stats;

import io.crij.core.ObjectId;
import io.crij.cri.ContainerAttributes;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import java.nio.file.Path;
import java.util.List;

/**
 * A container as far as its use of the node is concerned.
 *
 * @param runs false before its start and after its end: then there is nothing to be read from the kernel
 * @param resources the limits in force, as the CRI names them
 * @param cgroup path of its control group from the root of the hierarchies
 * @param writable the folders that hold what it writes; one that does not exist holds nothing
 * @param startedAtNanos nanoseconds since the epoch
 * @param pid of its first process in the host's numbering
 */
public record MeasuredContainer(
    ObjectId id,
    ObjectId sandbox,
    boolean runs,
    ContainerConfig config,
    LinuxContainerResources resources,
    String cgroup,
    List<Path> writable,
    long startedAtNanos,
    int pid) {
  public MeasuredContainer {
    writable = List.copyOf(writable);
  }

  /** The image as whoever made the container named it. */
  String image() {
    String named = config.getImage().getUserSpecifiedImage();
    return named.isEmpty() ? config.getImage().getImage() : named;
  }

  ContainerAttributes attributes() {
    return ContainerAttributes.newBuilder()
        .setId(id.hex())
        .setMetadata(config.getMetadata())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .build();
  }
}
