package io.crij.daemon.host;

import io.crij.cgroups.Cgroups;
import io.crij.core.CriException;
import io.crij.daemon.config.Config;
import io.crij.helper.crypto.HostCrypto;
import io.crij.helper.inflate.HostZstd;
import io.crij.helper.inflate.IsaLInflater;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PluginNetwork;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Whether a node is fit for pods, looked at from outside: no daemon is needed, nothing is run and nothing is changed. */
public final class NodeCheck {
  private static final long LEAST_FREE_BYTES = 1L << 30;

  /** File systems that cannot be the upper layer of an overlay. */
  private static final Set<String> NO_UPPER = Set.of("overlay", "nfs", "nfs4", "cifs", "9p", "fuse", "fuseblk", "vfat", "exfat", "ntfs3");

  private final Path node;
  private final KernelFacts kernel;

  /** @param node the root of its file system: {@code /}, or a tree of a test */
  NodeCheck(Path node, KernelFacts kernel) {
    this.node = node;
    this.kernel = kernel;
  }

  /** Looks at the machine that this runs on. */
  public static List<NodeFinding> ofThisHost(Config config) {
    return new NodeCheck(Path.of("/"), KernelFacts.ofThisHost()).of(config);
  }

  List<NodeFinding> of(Config config) {
    List<NodeFinding> findings = new ArrayList<>();
    findings.add(user());
    findings.add(kernel());
    findings.add(cgroups());
    findings.add(userNamespaces());
    findings.add(appArmor());
    findings.add(network(config.cni()));
    findings.add(forwarding());
    findings.add(disk(config.root()));
    findings.add(gzip());
    findings.add(zstd());
    findings.add(digests());
    return findings;
  }

  private NodeFinding user() {
    return read("proc/self/status").contains("\nUid:\t0\t0\t")
        ? NodeFinding.ok("user", "root")
        : NodeFinding.bad("user", "not root", "run the daemon as root: it makes namespaces, mounts and cgroups");
  }

  private NodeFinding kernel() {
    try {
      List<String> missing = KernelFloor.missing(kernel);
      return missing.isEmpty()
          ? NodeFinding.ok("kernel", kernel.release() + ", with all that containers need")
          : NodeFinding.bad("kernel", kernel.release() + " lacks " + String.join(", ", missing), "boot another kernel, or load the module that is named");
    } catch (IOException e) {
      return NodeFinding.bad("kernel", "its release cannot be read: " + e.getMessage(), "mount /proc");
    }
  }

  private NodeFinding cgroups() {
    try {
      Cgroups found = Cgroups.detect(node.resolve("proc"), node);
      List<String> missing = found.missingControllers();
      return missing.isEmpty()
          ? NodeFinding.ok("cgroups", found.version().toString())
          : NodeFinding.bad(
              "cgroups", found.version() + " without " + String.join(", ", missing), "mount or enable these controllers (kernel command line, cgroup.subtree_control)");
    } catch (CriException e) {
      return NodeFinding.bad("cgroups", String.valueOf(e.getMessage()), "mount cgroup2 at /sys/fs/cgroup");
    }
  }

  private NodeFinding userNamespaces() {
    String most = read("proc/sys/user/max_user_namespaces").strip();
    return most.isEmpty() || most.equals("0")
        ? NodeFinding.note("user namespaces", most.isEmpty() ? "this kernel has none" : "switched off", "for pods with hostUsers: false, sysctl user.max_user_namespaces=15000")
        : NodeFinding.ok("user namespaces", "up to " + most);
  }

  private NodeFinding appArmor() {
    if (!read("sys/module/apparmor/parameters/enabled").startsWith("Y")) {
      return NodeFinding.note("AppArmor", "off in this kernel", "pods that ask for a profile are refused; containers have seccomp and capabilities as everywhere");
    }
    return Files.isExecutable(node.resolve("sbin/apparmor_parser")) || Files.isExecutable(node.resolve("usr/sbin/apparmor_parser"))
        ? NodeFinding.ok("AppArmor", "on")
        : NodeFinding.note("AppArmor", "on, and there is no apparmor_parser to load the default profile with", "install the package apparmor");
  }

  private static NodeFinding network(Config.Cni cni) {
    NetworkStatus status = PluginNetwork.look(cni.confDir(), cni.binDirs());
    return status.ready()
        ? NodeFinding.ok("pod network", "a configuration in " + cni.confDir() + ", its plugins are there")
        : NodeFinding.bad("pod network", status.message(), "install a network for the cluster; NetworkReady is false until then, and pods with the node's network run");
  }

  private NodeFinding forwarding() {
    return read("proc/sys/net/ipv4/ip_forward").strip().equals("1")
        ? NodeFinding.ok("forwarding", "on for IPv4")
        : NodeFinding.note("forwarding", "off for IPv4", "sysctl net.ipv4.ip_forward=1, or pods reach this node alone");
  }

  private static NodeFinding disk(Path root) {
    Path folder = root;
    for (Path parent = root.getParent(); parent != null && !Files.exists(folder); parent = parent.getParent()) {
      folder = parent; // it is made when the daemon starts
    }
    try {
      FileStore store = Files.getFileStore(folder);
      long free = store.getUsableSpace();
      String words = root + " on " + store.type() + ", " + (free >> 30) + " of " + (store.getTotalSpace() >> 30) + " GiB free";
      if (NO_UPPER.contains(store.type())) {
        return NodeFinding.bad("disk", words, "containers write to overlays above this folder, which " + store.type() + " cannot carry: set root to a folder on ext4 or xfs");
      }
      return free < LEAST_FREE_BYTES || free < store.getTotalSpace() / 10
          ? NodeFinding.note("disk", words, "kubelet evicts pods when less than 10 to 15 % are free")
          : NodeFinding.ok("disk", words);
    } catch (IOException e) {
      return NodeFinding.bad("disk", root + ": " + e.getMessage(), "set root to a folder that can be written to");
    }
  }

  private static NodeFinding gzip() {
    try (IsaLInflater inflater = IsaLInflater.open().orElse(null)) {
      return inflater != null
          ? NodeFinding.ok("gzip layers", "inflated by ISA-L")
          : NodeFinding.note("gzip layers", "inflated by the JDK", "install the package libisal2: pulls take half of the CPU time");
    }
  }

  private static NodeFinding zstd() {
    try (HostZstd inflater = HostZstd.open().orElse(null)) {
      return inflater != null
          ? NodeFinding.ok("zstd layers", "inflated by libzstd")
          : NodeFinding.note("zstd layers", "inflated by the library that comes with crij", "install the package libzstd1");
    }
  }

  private static NodeFinding digests() {
    return HostCrypto.provider().isPresent()
        ? NodeFinding.ok("digests and TLS", "computed by libcrypto")
        : NodeFinding.note("digests and TLS", "computed by the JDK", "install OpenSSL 3 (the package libssl3): the daemon needs 10 MiB less with it");
  }

  /** Empty if there is no such file. */
  private String read(String file) {
    try {
      return Files.readString(node.resolve(file));
    } catch (IOException e) {
      return "";
    }
  }
}
