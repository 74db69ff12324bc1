package io.crij.container.launch;

import io.crij.cri.ContainerConfig;
import io.crij.helper.plan.Instructions;
import io.crij.image.LocalImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a launch plan is made of.
 *
 * @param config the request: trusted
 * @param image of its configuration only entrypoint, arguments, environment, folder, user, volumes and stop signal count
 * @param imageVolumes images that are mounted in it, in the order of the request
 * @param capabilities as {@link Capabilities#of} made them
 * @param seccomp the filter, or null for none
 * @param appArmor the profile, or null for none
 */
public record Launch(
    ContainerConfig config,
    LocalImage image,
    PodFacts pod,
    CgroupFacts cgroup,
    LayerFolders layers,
    List<ImageVolume> imageVolumes,
    ProcessUser user,
    Capabilities capabilities,
    GrantedDevices devices,
    @Nullable Instructions seccomp,
    @Nullable String appArmor) {
  public Launch {
    imageVolumes = List.copyOf(imageVolumes);
  }
}
