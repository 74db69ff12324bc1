package io.crij.container.stats;

import io.crij.cgroups.Cgroups;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerMetadata;
import io.crij.cri.ImageSpec;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.sandbox.PodView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A made-up node of version 2: pods and containers in memory, and folders where cgroupfs would be. */
final class ScratchPods implements MeasuredNode {
  private final Path root;
  final List<PodView> pods = new ArrayList<>();
  final List<MeasuredContainer> containers = new ArrayList<>();

  ScratchPods(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root.resolve("proc/self"));
    Files.writeString(
        root.resolve("proc/self/mountinfo"),
        "30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
    Files.writeString(root.resolve("proc/self/cgroup"), "0::/init.scope\n");
    group("", Map.of("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n"));
  }

  Cgroups cgroups() {
    return Cgroups.detect(root.resolve("proc"), root);
  }

  Path proc() {
    return root.resolve("proc");
  }

  private Path group(String path, Map<String, String> files) throws IOException {
    Path folder = Files.createDirectories(root.resolve("sys/fs/cgroup" + path));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    return folder;
  }

  /** Another group with use, as the kernel of Linux 6.18 shows it. */
  Path used(String path, long factor) throws IOException {
    String pressure =
        "some avg10=1.50 avg60=0.00 avg300=0.00 total=" + factor * 3_000_000 + "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=" + factor * 2_000_000 + "\n";
    group(
        path,
        Map.of(
            "cpu.stat",
            "usage_usec " + factor * 7_000_000 + "\nuser_usec " + factor * 4_000_000 + "\nsystem_usec " + factor * 3_000_000
                + "\nnr_periods 9\nnr_throttled 4\nthrottled_usec 5000000\n",
            "cpu.max", "20000 100000\n",
            "cpu.weight", "39\n",
            "cpu.pressure", pressure,
            "memory.pressure", pressure,
            "io.pressure", pressure));
    group(
        path,
        Map.of(
            "memory.current", factor * 1000 + "\n",
            "memory.swap.current", "5\n",
            "memory.max", factor * 4000 + "\n",
            "memory.swap.max", "100\n",
            "memory.low", "50\n",
            "memory.peak", factor * 2000 + "\n",
            "memory.events", "low 0\nmax 6\noom 1\noom_kill 2\n",
            "memory.stat", "anon 300\nfile 600\nfile_mapped 20\nkernel 80\ninactive_file 400\nactive_file 100\npgfault 90\npgmajfault 3\n"));
    return group(
        path,
        Map.of(
            "pids.current", "3\n",
            "pids.max", "max\n",
            "cgroup.procs", ProcessHandle.current().pid() + "\n",
            "hugetlb.2MB.current", "2097152\n",
            "io.stat", "7:200 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n"));
  }

  PodView pod(String name, String cgroup, boolean ready, @Nullable Path netns) {
    PodSandboxConfig config =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName(name).setNamespace("ns").setUid("uid-" + name))
            .putLabels("app", name)
            .build();
    PodView pod = new PodView(ObjectId.random(), config, ready, pods.size() + 1, cgroup, netns);
    pods.add(pod);
    return pod;
  }

  MeasuredContainer container(PodView pod, String name, boolean runs, Path writable) {
    MeasuredContainer container = container(pod.id(), name, runs, pod.cgroupParent() + "/" + name, writable);
    containers.add(container);
    return container;
  }

  static MeasuredContainer container(Path writable) {
    return container(ObjectId.random(), "c", true, "/c", writable);
  }

  private static MeasuredContainer container(ObjectId pod, String name, boolean runs, String cgroup, Path writable) {
    return new MeasuredContainer(
        ObjectId.random(),
        pod,
        runs,
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .setImage(ImageSpec.newBuilder().setImage("sha256:1").setUserSpecifiedImage("registry.example/app:1"))
            .putLabels("app", name)
            .build(),
        LinuxContainerResources.newBuilder().setCpuShares(1024).build(),
        cgroup,
        List.of(writable),
        1_700_000_000_000_000_000L,
        (int) ProcessHandle.current().pid());
  }

  @Override
  public List<MeasuredContainer> containers() {
    return List.copyOf(containers);
  }

  @Override
  public MeasuredContainer container(String idOrPrefix) {
    return containers.stream()
        .filter(container -> container.id().hex().startsWith(idOrPrefix))
        .findFirst()
        .orElseThrow(() -> CriException.notFound("Container '" + idOrPrefix + "' does not exist on this node."));
  }

  @Override
  public List<PodView> pods() {
    return List.copyOf(pods);
  }

  @Override
  public PodView pod(String idOrPrefix) {
    return pods.stream()
        .filter(pod -> pod.id().hex().startsWith(idOrPrefix))
        .findFirst()
        .orElseThrow(() -> CriException.notFound("Sandbox '" + idOrPrefix + "' does not exist on this node."));
  }
}
