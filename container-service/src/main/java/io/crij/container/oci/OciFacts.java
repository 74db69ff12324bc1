package io.crij.container.oci;

import io.crij.cgroups.DeviceRules;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code config.json} says beyond the launch plan.
 *
 * @param bundle the bundle's folder; the root stands at {@code rootfs} in it, and what has no path on the host below {@code mounts}
 * @param hostname the pod's, if the container has a UTS namespace of the pod's
 * @param namespaces those that the container gets, in the order in which they are written
 * @param cgroup its control group's path, as the runtime reads {@code linux.cgroupsPath}
 * @param devices what its control group allows
 * @param mostFiles the highest limit of open files that a process of this node can be given
 * @param seccomp the profile's JSON in the form of {@code linux.seccomp}; null for none
 */
public record OciFacts(
    Path bundle,
    @Nullable String hostname,
    List<OciNamespace> namespaces,
    String cgroup,
    DeviceRules devices,
    long mostFiles,
    @Nullable String seccomp,
    Map<String, String> annotations) {
  public OciFacts {
    namespaces = List.copyOf(namespaces);
    annotations = Map.copyOf(annotations);
  }

  /** The folder in which the runtime finds the container's root. */
  public Path rootfs() {
    return bundle.resolve("rootfs");
  }

  /** The pod's /dev/shm: the pod's seed stands in the bundle (PROTOCOL.md, ENTER). */
  Path shm() {
    return bundle.resolve("seed/shm");
  }

  /** The folder for what the plan makes and no path of the host names: volumes of images. */
  Path mounts() {
    return bundle.resolve("mounts");
  }
}
