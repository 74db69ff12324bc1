package io.crij.container;

import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ImageSpec;
import io.crij.helper.PidMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container on disk, in {@code <root>/containers/<12 hex>/record.json}. Protobuf messages are kept as bytes in base64: bytes
 * keep the fields of newer CRI versions.
 *
 * @param id 64 hex characters
 * @param sandboxId the pod's id
 * @param config the request's ContainerConfig
 * @param resources the LinuxContainerResources in force, as the CRI names them: updates are merged into it
 * @param image what it runs
 * @param user whom it runs as
 * @param createdAtNanos nanoseconds since the epoch, higher than that of every container made before on this node
 * @param logPath absolute path of its log, empty for none
 * @param cgroup path of its control group from the root of the hierarchies
 * @param planFile where its launch plan is
 * @param pidMode whose PID namespace it is in
 * @param targetId the container whose PID namespace it shares with {@link PidMode#TARGET}, else empty
 * @param stopSignal the CRI's name of the signal that asks it to end
 * @param stopSignalNumber the same as kill(2) takes it
 */
public record ContainerRecord(
    String id,
    String sandboxId,
    String config,
    String resources,
    Image image,
    User user,
    long createdAtNanos,
    String logPath,
    String cgroup,
    String planFile,
    PidMode pidMode,
    String targetId,
    String stopSignal,
    int stopSignalNumber,
    Life life) {
  static final String FORMAT = "crij.container";
  static final int VERSION = 1;

  /**
   * The image of a container, copied: it stays true when the image is removed.
   *
   * @param id {@code sha256:…}
   * @param ref a name with its digest, else the id
   * @param name one of its names, for people; absent from the records of daemons that did not keep it
   * @param layers the names of the layers it stands on, those of image volumes included, to hold them again after a restart
   */
  public record Image(String id, String ref, @Nullable String name, List<String> layers) {
    public Image {
      layers = List.copyOf(layers);
    }
  }

  /** The ids that were applied; the groups have the primary one among them. */
  public record User(long uid, long gid, List<Long> groups) {
    public User {
      groups = List.copyOf(groups);
    }
  }

  /** The image as it was asked for, with a name that people know it by. */
  ImageSpec shownImage(ContainerConfig config) {
    return image.name() == null ? config.getImage() : config.getImage().toBuilder().setImage(image.name()).build();
  }

  ObjectId objectId() {
    return new ObjectId(id);
  }

  ObjectId sandbox() {
    return new ObjectId(sandboxId);
  }

  ContainerRecord with(Life next) {
    return new ContainerRecord(
        id, sandboxId, config, resources, image, user, createdAtNanos, logPath, cgroup, planFile, pidMode, targetId,
        stopSignal, stopSignalNumber, next);
  }

  ContainerRecord withResources(String next) {
    return new ContainerRecord(
        id, sandboxId, config, next, image, user, createdAtNanos, logPath, cgroup, planFile, pidMode, targetId,
        stopSignal, stopSignalNumber, life);
  }
}
