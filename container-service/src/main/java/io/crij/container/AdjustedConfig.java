package io.crij.container;

import io.crij.container.launch.HostDevice;
import io.crij.container.launch.HostDevices;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Printable;
import io.crij.cri.CDIDevice;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.helper.plan.DeviceType;
import io.crij.nri.CriLimits;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.LinuxContainerAdjustment;
import io.crij.nri.api.LinuxDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A container's configuration as plugins adjusted it, as far as the CRI has words for it; {@link AdjustedPlan} does the rest.
 * What neither can do is refused. A key that begins with a minus takes something away.
 */
final class AdjustedConfig {
  private static final String WHO = "An NRI plugin";

  /** Every container has them; a mount of the request may take their place. */
  private static final Set<String> OWN_MOUNTS = Set.of("/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys/fs/cgroup");

  private AdjustedConfig() {}

  /**
   * @throws CriException UNIMPLEMENTED for what cannot be done; INVALID_ARGUMENT for what makes no sense
   */
  static ContainerConfig of(ContainerConfig config, ContainerAdjustment adjustment, HostDevices devices) {
    refuse(adjustment);
    ContainerConfig.Builder adjusted = config.toBuilder();
    annotations(adjusted, adjustment);
    mounts(adjusted, adjustment.getMountsList());
    adjustment.getCDIDevicesList().forEach(device -> adjusted.addCDIDevices(CDIDevice.newBuilder().setName(device.getName())));
    LinuxContainerAdjustment linux = adjustment.getLinux();
    devices(adjusted, linux.getDevicesList(), devices);
    LinuxContainerResources resources = CriLimits.over(config.getLinux().getResources(), linux.getResources(), WHO);
    if (linux.hasOomScoreAdj()) {
      resources = resources.toBuilder().setOomScoreAdj(linux.getOomScoreAdj().getValue()).build();
    }
    adjusted.setLinux(adjusted.getLinux().toBuilder().setResources(resources));
    return adjusted.build();
  }

  private static void refuse(ContainerAdjustment adjustment) {
    LinuxContainerAdjustment linux = adjustment.getLinux();
    List<String> fields = new ArrayList<>();
    add(fields, !linux.getCgroupsPath().isEmpty(), "linux.cgroups_path (a container's control group is below its pod's)");
    add(fields, linux.hasIoPriority(), "linux.io_priority");
    add(fields, linux.getNamespacesCount() > 0, "linux.namespaces");
    add(fields, linux.getSysctlCount() > 0, "linux.sysctl (sysctls are the pod's)");
    add(fields, linux.getNetDevicesCount() > 0, "linux.net_devices");
    add(fields, linux.hasScheduler(), "linux.scheduler");
    add(fields, linux.hasRdt() && !linux.getRdt().equals(linux.getRdt().getDefaultInstanceForType()), "linux.rdt");
    add(fields, linux.hasMemoryPolicy(), "linux.memory_policy");
    if (!fields.isEmpty()) {
      throw new CriException(ErrorCode.UNIMPLEMENTED, WHO + " adjusts what this runtime cannot: " + String.join(", ", fields) + ".");
    }
  }

  private static void add(List<String> fields, boolean isSet, String name) {
    if (isSet) {
      fields.add(name);
    }
  }

  /** The status shows them, and kubelet keeps notes of its own in those of the request: only new ones may come. */
  private static void annotations(ContainerConfig.Builder adjusted, ContainerAdjustment adjustment) {
    adjustment
        .getAnnotationsMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith("-")) {
                if (adjusted.containsAnnotations(key.substring(1))) {
                  throw taken(key.substring(1));
                }
              } else {
                if (adjusted.containsAnnotations(key) && !value.equals(adjusted.getAnnotationsOrThrow(key))) {
                  throw taken(key);
                }
                adjusted.putAnnotations(key, value);
              }
            });
  }

  private static CriException taken(String key) {
    return CriException.invalid(
        WHO + " changes annotation '" + Printable.of(key) + "', which the request has; only new annotations can be added.");
  }

  private static void mounts(ContainerConfig.Builder adjusted, List<io.crij.nri.api.Mount> asked) {
    for (io.crij.nri.api.Mount mount : asked) {
      boolean removal = mount.getDestination().startsWith("-");
      String target = removal ? mount.getDestination().substring(1) : mount.getDestination();
      if (removal && OWN_MOUNTS.contains(target)) {
        throw CriException.invalid(WHO + " takes the mount at " + target + " away, which every container has.");
      }
      for (int i = adjusted.getMountsCount() - 1; i >= 0; i--) {
        if (adjusted.getMounts(i).getContainerPath().equals(target)) {
          adjusted.removeMounts(i);
        }
      }
      if (!removal) {
        adjusted.addMounts(mount(mount));
      }
    }
  }

  private static Mount mount(io.crij.nri.api.Mount asked) {
    Mount.Builder mount = Mount.newBuilder().setContainerPath(asked.getDestination()).setHostPath(asked.getSource());
    boolean bind = asked.getType().equals("bind");
    for (String option : asked.getOptionsList()) {
      switch (option) {
        case "bind", "rbind" -> bind = true;
        case "rw" -> {}
        case "ro" -> mount.setReadonly(true);
        case "rro" -> mount.setReadonly(true).setRecursiveReadOnly(true);
        case "private", "rprivate" -> mount.setPropagation(MountPropagation.PROPAGATION_PRIVATE);
        case "slave", "rslave" -> mount.setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER);
        case "shared", "rshared" -> mount.setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL);
        case "noexec", "nodev", "nosuid" -> mount.addMountOptions(option);
        case "relabel" -> mount.setSelinuxRelabel(true);
        default ->
            throw new CriException(
                ErrorCode.UNIMPLEMENTED,
                WHO + " mounts " + Printable.of(asked.getDestination()) + " with option '" + Printable.of(option) + "', which this runtime does not know.");
      }
    }
    if (!bind) {
      throw new CriException(
          ErrorCode.UNIMPLEMENTED,
          WHO + " mounts a file system of type '" + Printable.of(asked.getType()) + "' at " + Printable.of(asked.getDestination())
              + "; this runtime can only bind files and folders of the node.");
    }
    return mount.build();
  }

  private static void devices(ContainerConfig.Builder adjusted, List<LinuxDevice> asked, HostDevices host) {
    for (LinuxDevice device : asked) {
      boolean removal = device.getPath().startsWith("-");
      String path = removal ? device.getPath().substring(1) : device.getPath();
      for (int i = adjusted.getDevicesCount() - 1; i >= 0; i--) {
        if (target(adjusted.getDevices(i)).equals(path)) {
          adjusted.removeDevices(i);
        }
      }
      if (!removal) {
        adjusted.addDevices(
            Device.newBuilder()
                .setContainerPath(path)
                .setHostPath(onHost(device, host).path())
                .setPermissions(device.getType().equals("b") ? "rwm" : "rw"));
      }
    }
  }

  private static String target(Device device) {
    return device.getContainerPath().isEmpty() ? device.getHostPath() : device.getContainerPath();
  }

  /** NRI names a device by its numbers, the CRI by its path on the node. */
  private static HostDevice onHost(LinuxDevice asked, HostDevices host) {
    DeviceType type =
        switch (asked.getType()) {
          case "b" -> DeviceType.BLOCK;
          case "c", "u" -> DeviceType.CHARACTER;
          default ->
              throw new CriException(
                  ErrorCode.UNIMPLEMENTED,
                  WHO + " adds " + Printable.of(asked.getPath()) + " of type '" + Printable.of(asked.getType()) + "'; this runtime knows b, c and u.");
        };
    return host.all().stream()
        .filter(device -> device.type() == type && device.major() == asked.getMajor() && device.minor() == asked.getMinor())
        .findFirst()
        .orElseThrow(
            () ->
                CriException.invalid(
                    WHO + " adds " + Printable.of(asked.getPath()) + ", and this node has no device " + asked.getType() + " "
                        + asked.getMajor() + ":" + asked.getMinor() + "."));
  }
}
