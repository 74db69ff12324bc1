package io.crij.cgroups;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A made-up node below a scratch folder: what its kernel says of mounts, and folders where cgroupfs would be. */
final class ScratchNode {
  private final Path root;

  private ScratchNode(Path root) {
    this.root = root;
  }

  static ScratchNode of(Path root, String mountinfo, String ownCgroup) throws IOException {
    Files.createDirectories(root.resolve("proc/self"));
    Files.writeString(root.resolve("proc/self/mountinfo"), mountinfo);
    Files.writeString(root.resolve("proc/self/cgroup"), ownCgroup);
    return new ScratchNode(root);
  }

  /** Debian's layout of version 1: cpu and cpuacct joined, systemd beside them. */
  static ScratchNode v1(Path root) throws IOException {
    ScratchNode node =
        of(
            root,
            """
            25 30 0:23 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup cgroup rw,xattr,name=systemd
            26 30 0:24 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
            27 30 0:25 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory
            28 30 0:26 / /sys/fs/cgroup/pids rw shared:12 - cgroup cgroup rw,pids
            29 30 0:27 / /sys/fs/cgroup/cpuset rw shared:13 - cgroup cgroup rw,cpuset
            31 30 0:28 / /sys/fs/cgroup/hugetlb rw shared:14 - cgroup cgroup rw,hugetlb
            32 30 0:29 / /sys/fs/cgroup/devices rw shared:15 - cgroup cgroup rw,devices
            33 30 0:30 / /sys/fs/cgroup/freezer rw shared:16 - cgroup cgroup rw,freezer
            """,
            """
            8:freezer:/
            7:devices:/
            6:hugetlb:/
            5:cpuset:/
            4:pids:/
            3:memory:/
            2:cpu,cpuacct:/
            1:name=systemd:/
            """);
    for (String tree : new String[] {"systemd", "cpu,cpuacct", "memory", "pids", "cpuset", "hugetlb", "devices", "freezer"}) {
      Files.createDirectories(node.folder(tree));
    }
    node.write("cpuset", Map.of("cpuset.cpus", "0-3\n", "cpuset.mems", "0\n"));
    return node;
  }

  static ScratchNode v2(Path root) throws IOException {
    ScratchNode node =
        of(
            root,
            "30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
            "0::/init.scope\n");
    Files.createDirectories(node.folder(""));
    node.write("", Map.of("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n", "cgroup.subtree_control", "cpu memory\n"));
    return node;
  }

  Cgroups cgroups() {
    return Cgroups.detect(root.resolve("proc"), root);
  }

  Path folder(String below) {
    return root.resolve("sys/fs/cgroup").resolve(below);
  }

  /** Makes a folder with control files, as the kernel does. */
  void write(String below, Map<String, String> files) throws IOException {
    Path folder = folder(below);
    Files.createDirectories(folder);
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
  }

  String read(String file) throws IOException {
    return Files.readString(folder(file));
  }
}
