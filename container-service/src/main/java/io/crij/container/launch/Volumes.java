package io.crij.container.launch;

import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.image.ImageConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The folders that an image declares as volumes: writable and the container's own. */
public final class Volumes {
  private Volumes() {}

  /**
   * Their paths, plain and sorted, without those that a mount of the request covers.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT for one that would cover what the runtime mounts
   */
  public static List<String> of(ContainerConfig config, ImageConfig image) {
    List<String> covered =
        config.getMountsList().stream().map(mount -> Fields.absolutePath("config.mounts", mount.getContainerPath())).toList();
    List<String> volumes = new ArrayList<>();
    for (String declared : new TreeSet<>(image.volumes())) {
      String path = Fields.absolutePath("image volume", declared.startsWith("/") ? declared : "/" + declared);
      for (String own : List.of("/proc", "/sys", "/dev")) {
        if (path.equals("/") || Fields.isAtOrBelow(path, own)) {
          throw Fields.invalid("image volume", "'" + Printable.of(declared) + "' would cover what the runtime mounts there");
        }
      }
      if (!covered.contains(path) && !volumes.contains(path)) {
        volumes.add(path);
      }
    }
    return volumes;
  }
}
