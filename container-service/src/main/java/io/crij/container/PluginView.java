package io.crij.container;

import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.MountPropagation;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.nri.CriLimits;
import io.crij.nri.api.Container;
import io.crij.nri.api.LinuxContainer;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.Mount;
import io.crij.nri.api.OptionalFileMode;
import io.crij.nri.api.OptionalInt;
import io.crij.nri.api.OptionalUInt32;
import io.crij.nri.api.POSIXRlimit;
import io.crij.nri.api.User;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A container as NRI plugins see it: what was asked for it, what its plan executes, and what became of it. */
final class PluginView {
  private PluginView() {}

  /** @param plan null when it is gone: then what only the plan knows is left away */
  static Container of(
      ContainerRecord record, ContainerConfig config, LinuxContainerResources resources, @Nullable LaunchPlan plan) {
    Life life = record.life();
    Container.Builder view =
        Container.newBuilder()
            .setId(record.id())
            .setPodSandboxId(record.sandboxId())
            .setName(config.getMetadata().getName())
            .setState(state(life.state()))
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .setPid(life.state() == ContainerState.RUNNING ? life.pid() : 0)
            .setCreatedAt(record.createdAtNanos())
            .setStartedAt(life.startedAtNanos())
            .setFinishedAt(life.finishedAtNanos())
            .setExitCode(life.exitCode())
            .setStatusReason(life.reason())
            .setStatusMessage(life.message())
            .setUser(user(record.user()));
    config.getMountsList().forEach(mount -> view.addMounts(mount(mount)));
    config.getCDIDevicesList().forEach(device -> view.addCDIDevicesBuilder().setName(device.getName()));
    LinuxContainer.Builder linux =
        view.getLinuxBuilder()
            .setResources(CriLimits.toNri(resources))
            .setCgroupsPath(record.cgroup())
            .setOomScoreAdj(OptionalInt.newBuilder().setValue(resources.getOomScoreAdj()));
    if (plan != null) {
      plan.operations().forEach(operation -> add(operation, view, linux));
    }
    return view.build();
  }

  private static void add(PlanOp operation, Container.Builder view, LinuxContainer.Builder linux) {
    switch (operation) {
      case PlanOp.Arg arg -> view.addArgs(arg.value());
      case PlanOp.Env env -> view.addEnv(env.name() + "=" + env.value());
      case PlanOp.Rlimit limit ->
          view.addRlimits(
              POSIXRlimit.newBuilder().setType("RLIMIT_" + limit.resource().name()).setSoft(limit.soft()).setHard(limit.hard()));
      case PlanOp.Device device -> linux.addDevices(device(device));
      default -> {
        // Mounts are shown as they were asked for; the rest has no word in NRI.
      }
    }
  }

  private static LinuxDevice device(PlanOp.Device device) {
    return LinuxDevice.newBuilder()
        .setPath(device.path())
        .setType(device.type() == DeviceType.BLOCK ? "b" : "c")
        .setMajor(device.major())
        .setMinor(device.minor())
        .setFileMode(OptionalFileMode.newBuilder().setValue(device.mode()))
        .setUid(OptionalUInt32.newBuilder().setValue((int) device.uid()))
        .setGid(OptionalUInt32.newBuilder().setValue((int) device.gid()))
        .build();
  }

  private static Mount mount(io.crij.cri.Mount mount) {
    Mount.Builder view =
        Mount.newBuilder()
            .setDestination(mount.getContainerPath())
            .setType("bind")
            .setSource(mount.getHostPath())
            .addOptions("rbind")
            .addOptions(propagation(mount.getPropagation()))
            .addOptions(mount.getRecursiveReadOnly() ? "rro" : mount.getReadonly() ? "ro" : "rw");
    return view.addAllOptions(mount.getMountOptionsList()).build();
  }

  private static String propagation(MountPropagation propagation) {
    return switch (propagation) {
      case PROPAGATION_HOST_TO_CONTAINER -> "rslave";
      case PROPAGATION_BIDIRECTIONAL -> "rshared";
      case PROPAGATION_PRIVATE, UNRECOGNIZED -> "rprivate";
    };
  }

  private static User user(ContainerRecord.User user) {
    List<Integer> groups = user.groups().stream().map(Long::intValue).toList();
    return User.newBuilder().setUid((int) user.uid()).setGid((int) user.gid()).addAllAdditionalGids(groups).build();
  }

  private static io.crij.nri.api.ContainerState state(ContainerState state) {
    return switch (state) {
      case CREATED -> io.crij.nri.api.ContainerState.CONTAINER_CREATED;
      case RUNNING -> io.crij.nri.api.ContainerState.CONTAINER_RUNNING;
      case EXITED -> io.crij.nri.api.ContainerState.CONTAINER_STOPPED;
      case UNKNOWN -> io.crij.nri.api.ContainerState.CONTAINER_UNKNOWN;
    };
  }
}
