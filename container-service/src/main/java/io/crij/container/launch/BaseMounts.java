package io.crij.container.launch;

import io.crij.helper.UserMapping;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.FilesystemType;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import io.crij.helper.plan.TargetKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What every container has mounted, unless the request mounts something else there. */
final class BaseMounts {
  private static final Set<MountAttr> NO_PROGRAMS = Set.of(MountAttr.NOSUID, MountAttr.NODEV, MountAttr.NOEXEC);
  private static final String CGROUP = "/sys/fs/cgroup";
  private static final int EVERYONE = 0666;
  private static final long GROUP_TTY = 5;

  private final MountTable table;
  private final boolean privileged;

  BaseMounts(MountTable table, boolean privileged) {
    this.table = table;
    this.privileged = privileged;
  }

  void proc() {
    // masked_paths and readonly_paths of the request protect what of it must be.
    filesystem(FilesystemType.PROC, "/proc", NO_PROGRAMS, List.of());
  }

  void sys(CgroupFacts cgroup) {
    filesystem(FilesystemType.SYSFS, "/sys", unlessPrivileged(NO_PROGRAMS), List.of());
    if (cgroup.onlyV2()) {
      filesystem(FilesystemType.CGROUP2, CGROUP, unlessPrivileged(NO_PROGRAMS), List.of());
      return;
    }
    List<PlanOp> base = new ArrayList<>();
    base.add(new PlanOp.Filesystem(FilesystemType.TMPFS, CGROUP, NO_PROGRAMS, List.of("mode=755"), Propagation.PRIVATE));
    Map<String, Path> sorted = new TreeMap<>(cgroup.folders());
    for (String name : sorted.keySet()) {
      // Programs look for a single controller, while the kernel mounts some of them together.
      if (name.indexOf(',') > 0) {
        for (String alias : name.split(",")) {
          base.add(new PlanOp.Symlink(CGROUP + "/" + alias, name));
        }
      }
    }
    table.add(CGROUP, base);
    sorted.forEach(
        (name, folder) -> {
          String target = CGROUP + "/" + (name.startsWith("name=") ? name.substring("name=".length()) : name);
          table.add(
              target,
              slot -> new PlanOp.Source(slot, folder.toString(), false, SourceNeeds.ANYTHING),
              slot ->
                  new PlanOp.Mount(slot, target, unlessPrivileged(NO_PROGRAMS), false, Propagation.PRIVATE, TargetKind.FOLDER));
        });
  }

  void dev(List<GrantedDevices.Node> nodes, PodFacts pod, boolean tty) {
    List<PlanOp> dev = new ArrayList<>();
    dev.add(
        new PlanOp.Filesystem(
            FilesystemType.TMPFS,
            "/dev",
            Set.of(MountAttr.NOSUID, MountAttr.STRICTATIME),
            List.of("mode=755", "size=65536k"),
            Propagation.PRIVATE));
    Map<String, PlanOp> devices = new TreeMap<>();
    device(devices, pod, "/dev/null", 1, 3);
    device(devices, pod, "/dev/zero", 1, 5);
    device(devices, pod, "/dev/full", 1, 7);
    device(devices, pod, "/dev/random", 1, 8);
    device(devices, pod, "/dev/urandom", 1, 9);
    device(devices, pod, "/dev/tty", 5, 0);
    for (GrantedDevices.Node node : nodes) {
      if (Fields.isAtOrBelow(node.target(), "/dev") && !isOwnInstance(node.target())) {
        HostDevice host = node.device();
        devices.put(
            node.target(),
            new PlanOp.Device(
                node.target(), host.type(), host.major(), host.minor(), host.mode(), host.uid(), host.gid()));
      }
    }
    dev.addAll(devices.values());
    dev.add(new PlanOp.Symlink("/dev/fd", "/proc/self/fd"));
    dev.add(new PlanOp.Symlink("/dev/stdin", "/proc/self/fd/0"));
    dev.add(new PlanOp.Symlink("/dev/stdout", "/proc/self/fd/1"));
    dev.add(new PlanOp.Symlink("/dev/stderr", "/proc/self/fd/2"));
    dev.add(new PlanOp.Symlink("/dev/core", "/proc/kcore"));
    dev.add(new PlanOp.Symlink("/dev/ptmx", "pts/ptmx"));
    table.add("/dev", dev);

    List<PlanOp> pts = new ArrayList<>();
    pts.add(
        new PlanOp.Filesystem(
            FilesystemType.DEVPTS,
            "/dev/pts",
            Set.of(MountAttr.NOSUID, MountAttr.NOEXEC),
            terminalOptions(pod),
            Propagation.PRIVATE));
    if (tty) {
      pts.add(new PlanOp.Console(0, 0));
    }
    table.add("/dev/pts", pts);
    filesystem(FilesystemType.MQUEUE, "/dev/mqueue", NO_PROGRAMS, List.of());
    if (pod.ownIpc()) {
      table.add("/dev/shm", List.of(new PlanOp.PodShm("/dev/shm", NO_PROGRAMS)));
    } else {
      table.add(
          "/dev/shm",
          slot -> new PlanOp.Source(slot, "/dev/shm", true, SourceNeeds.ANYTHING),
          slot -> new PlanOp.Mount(slot, "/dev/shm", Set.of(), false, Propagation.PRIVATE, TargetKind.FOLDER));
    }
  }

  /** Terminals belong to the group tty, which is 5 in every image; in a user namespace that is too small for it, to none. */
  private static List<String> terminalOptions(PodFacts pod) {
    List<String> options = new ArrayList<>(List.of("newinstance", "ptmxmode=0666", "mode=0620"));
    UserMapping user = pod.user();
    if (user == null || user.has(GROUP_TTY)) {
      options.add("gid=" + (user == null ? GROUP_TTY : user.gid(GROUP_TTY)));
    }
    return options;
  }

  /** Devices that are to appear outside of /dev: only there is a device node made, elsewhere the host's one is bound. */
  void boundDevices(List<GrantedDevices.Node> nodes) {
    for (GrantedDevices.Node node : nodes) {
      if (!Fields.isAtOrBelow(node.target(), "/dev")) {
        table.add(
            node.target(),
            slot -> new PlanOp.Source(slot, node.device().path(), false, SourceNeeds.ANYTHING),
            slot -> new PlanOp.Mount(slot, node.target(), Set.of(), false, Propagation.PRIVATE, TargetKind.FILE));
      }
    }
  }

  void podFiles(PodFacts pod, boolean readonly) {
    podFile("/etc/hosts", pod.hosts(), readonly);
    podFile("/etc/hostname", pod.hostnameFile(), readonly);
    podFile("/etc/resolv.conf", pod.resolvConf(), readonly);
  }

  private void podFile(String target, Path file, boolean readonly) {
    table.add(
        target,
        slot -> new PlanOp.Source(slot, file.toString(), false, SourceNeeds.ANYTHING),
        slot ->
            new PlanOp.Mount(
                slot, target, readonly ? Set.of(MountAttr.RDONLY) : Set.of(), false, Propagation.PRIVATE, TargetKind.FILE));
  }

  private void filesystem(FilesystemType type, String target, Set<MountAttr> attributes, List<String> options) {
    table.add(target, List.of(new PlanOp.Filesystem(type, target, attributes, options, Propagation.PRIVATE)));
  }

  private Set<MountAttr> unlessPrivileged(Set<MountAttr> attributes) {
    if (privileged) {
      return attributes;
    }
    Set<MountAttr> readonly = java.util.EnumSet.copyOf(attributes);
    readonly.add(MountAttr.RDONLY);
    return readonly;
  }

  private static boolean isOwnInstance(String path) {
    return Fields.isAtOrBelow(path, "/dev/pts")
        || Fields.isAtOrBelow(path, "/dev/shm")
        || Fields.isAtOrBelow(path, "/dev/mqueue")
        || path.equals("/dev/console")
        || path.equals("/dev/ptmx");
  }

  private static void device(Map<String, PlanOp> devices, PodFacts pod, String path, long major, long minor) {
    devices.put(path, new PlanOp.Device(path, DeviceType.CHARACTER, major, minor, EVERYONE, pod.rootUid(), pod.rootGid()));
  }
}
