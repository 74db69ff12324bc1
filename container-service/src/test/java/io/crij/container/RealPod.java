package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.container.cdi.CdiDevices;
import io.crij.container.hooks.HookPrograms;
import io.crij.container.hooks.HooksFolders;
import io.crij.container.hooks.NodeHooks;
import io.crij.container.launch.DevFolder;
import io.crij.container.oci.OciRuntime;
import io.crij.container.oci.OciRuntimes;
import io.crij.core.Journal;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.ContainerMetadata;
import io.crij.cri.ContainerStatusRequest;
import io.crij.cri.CreateContainerRequest;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ExecSyncResponse;
import io.crij.cri.ImageSpec;
import io.crij.cri.NamespaceMode;
import io.crij.cri.StartContainerRequest;
import io.crij.helper.ExitListener;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorSockets;
import io.crij.helper.PodSetup;
import io.crij.helper.Spawn;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.Namespace;
import io.crij.helper.seccomp.SeccompCompiler;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.nri.Nri;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A pod in the real kernel under a real monitor, and the operations on its containers: root, own namespaces, own control group. */
final class RealPod implements AutoCloseable {
  static final Path CRIJ_POD = Path.of("..", "native-helpers", "target", "crij-pod");

  private static final List<String> APPLETS =
      List.of(
          "sh", "echo", "cat", "id", "sleep", "touch", "ps", "true", "stat", "tty", "kill", "mount", "umount", "test", "grep", "tr", "sort", "dd",
          "hostname", "env", "tail", "brctl");

  /** Scratch of the test, with the image's layer in {@code layers/layer} CDI files in {@code cdi}, and hooks by conditions in {@code hooks.d}. */
  final Path folder;

  final ContainerHost host;
  final TestImages images;
  final Spawn spawn;
  final Monitor monitor;
  private final ObjectId id = ObjectId.random();
  final String cgroupParent = "/crij-it-pod-" + ProcessHandle.current().pid() + "-" + id.shortHex();
  private final Path run;
  final Cgroups cgroups = Cgroups.detect();
  private final MonitorSockets sockets = new MonitorSockets();
  private final TestPod pod;
  private final List<OciRuntime> runtimes;
  private final NodeCgroups nodeCgroups;
  private final RemoveContainer removal;
  private int attempts;
  private final List<Runnable> unheard = new ArrayList<>();
  private boolean deaf;

  RealPod(NamespaceMode pid, @Nullable UserMapping user) throws Exception {
    this(Files.createTempDirectory("crij-it"), pid, user, List.of());
  }

  /**
   * @param folder scratch, which this removes
   * @param runtimes the handlers of the node; the pod has the first
   */
  RealPod(Path folder, NamespaceMode pid, @Nullable UserMapping user, List<OciRuntime> runtimes) throws Exception {
    this.folder = folder;
    this.runtimes = runtimes;
    run = Files.createTempDirectory(Path.of("/run"), "crij-it");
    makeLayer(folder.resolve("layers/layer"));
    cgroups.create(cgroupParent);
    spawn = Spawn.start(CRIJ_POD.toRealPath(), List.of());
    Path runFolder = Files.createDirectory(run.resolve(id.shortHex()));
    spawn.startMonitor(id, runFolder);
    monitor = sockets.connect(id, runFolder);
    monitor.setUp(
        new PodSetup(
            Set.of(Namespace.NET, Namespace.IPC, Namespace.UTS, Namespace.PID), run.resolve("netns"), "pod-host", Map.of(), 1 << 20, user));
    pod = new TestPod(id, monitor, runFolder, cgroupParent, true, pid, user, runtimes.isEmpty() ? "" : runtimes.getFirst().name());
    images = new TestImages(folder.resolve("layers"), Set.of("/data"));
    nodeCgroups = new NodeCgroups(cgroups, SystemdCgroups.none(cgroups));
    Files.createDirectory(folder.resolve("cdi"));
    host = host(new ContainerStore(folder.resolve("containers")));
    removal = new RemoveContainer(host);
    new RecoverContainers(host, removal).run();
    ContainersOfPods ofPods = new ContainersOfPods(host, removal);
    monitor.watch(
        new ExitListener() {
          @Override
          public void exited(long sequence, ObjectId container, int exitCode, long finishedAtNs) {
            hear(() -> ofPods.exited(monitor, sequence, container, exitCode, finishedAtNs));
          }

          @Override
          public void monitorGone(ObjectId gone) {
            ofPods.podDied(gone);
          }
        });
  }

  private ContainerHost host(ContainerStore store) {
    return host(store, runtimes);
  }

  private ContainerHost host(ContainerStore store, List<OciRuntime> handlers) {
    return new ContainerHost(
        new ContainerHost.Parts(
            store,
            pod,
            images,
            nodeCgroups,
            spawn,
            new DevFolder(Path.of("/dev")),
            new CompiledSeccomp(new SeccompCompiler()),
            NodeFacts.probe(),
            StopClock.SYSTEM,
            new CdiDevices(List.of(folder.resolve("cdi"))),
            new NodeHooks(new HookPrograms(spawn, CRIJ_POD.toAbsolutePath().normalize()), new HooksFolders(List.of(folder.resolve("hooks.d"))))),
        Nri.NONE,
        new Journal(),
        new OciRuntimes(folder.resolve("oci"), handlers, spawn));
  }

  private static void makeLayer(Path layer) throws Exception {
    for (String name : List.of("bin", "data", "tmp")) {
      Files.createDirectories(layer.resolve(name));
    }
    Files.writeString(layer.resolve("data/of-image"), "kept");
    Files.copy(Path.of("/bin/busybox").toRealPath(), layer.resolve("bin/busybox"));
    // A file of its own, because a mask over a link hides what the link leads to.
    Files.copy(Path.of("/bin/busybox").toRealPath(), layer.resolve("bin/ls"));
    for (String name : APPLETS) {
      Files.createSymbolicLink(layer.resolve("bin/" + name), Path.of("busybox"));
    }
  }

  String create(UnaryOperator<ContainerConfig.Builder> change) {
    ContainerConfig.Builder config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("c").setAttempt(++attempts))
            .setImage(ImageSpec.newBuilder().setImage("box"));
    return new CreateContainer(host)
        .run(CreateContainerRequest.newBuilder().setPodSandboxId(id.hex()).setConfig(change.apply(config)).build())
        .getContainerId();
  }

  /** One that runs until it is removed. */
  String running(UnaryOperator<ContainerConfig.Builder> change) {
    String container = create(c -> change.apply(c.addAllCommand(List.of("sleep", "1000"))));
    start(container);
    return container;
  }

  void start(String container) {
    new StartContainer(host).run(StartContainerRequest.newBuilder().setContainerId(container).build());
  }

  ExecSyncResponse exec(String container, String... command) {
    return new ExecSync(host)
        .run(ExecSyncRequest.newBuilder().setContainerId(container).addAllCmd(List.of(command)).setTimeout(20).build());
  }

  /** What a shell script in the container prints; it must succeed. */
  String shell(String container, String script) {
    ExecSyncResponse response = exec(container, "sh", "-c", script);
    assertThat(response.getExitCode()).as(response.getStderr().toStringUtf8()).isZero();
    return response.getStdout().toStringUtf8();
  }

  io.crij.cri.ContainerStatus status(String container) {
    return new ContainerStatus(host).run(ContainerStatusRequest.newBuilder().setContainerId(container).build()).getStatus();
  }

  private void hear(Runnable exit) {
    synchronized (unheard) {
      if (deaf) {
        unheard.add(exit);
        return;
      }
    }
    exit.run();
  }

  /** Does what the next daemon does at its start, while this one hears of no exit, as if it were gone; it hears of them afterwards. */
  void startNext(ContainerHost next) {
    synchronized (unheard) {
      deaf = true;
    }
    new RecoverContainers(next, new RemoveContainer(next)).run();
    List<Runnable> late;
    synchronized (unheard) {
      deaf = false;
      late = List.copyOf(unheard);
      unheard.clear();
    }
    late.forEach(Runnable::run);
  }

  /** From now on this daemon hears of no exit, as if it were gone, until {@link #startNext} has brought the next one. */
  void deafen() {
    synchronized (unheard) {
      deaf = true;
    }
  }

  /** What the next daemon would begin with: nothing but what is on disk. */
  ContainerHost nextHost() {
    return host(new ContainerStore(folder.resolve("containers")));
  }

  /** The same, with other handlers. */
  ContainerHost nextHost(List<OciRuntime> handlers) {
    return host(new ContainerStore(folder.resolve("containers")), handlers);
  }

  void stopAll() {
    new ContainersOfPods(host, removal).stopAll(id);
  }

  /** From now on it is being stopped, and nothing more is made in it. */
  void refuse() {
    pod.ready = false;
  }

  /** Takes all containers away and looks for what they left. */
  void removeAll() throws IOException {
    new ContainersOfPods(host, removal).removeAll(id);
    assertThat(host.store().all()).isEmpty();
    assertThat(images.users).isEmpty();
    assertThat(folder.resolve("containers")).isEmptyDirectory();
    try (Stream<Path> left = Files.list(pod.sandbox().runFolder())) {
      assertThat(left.map(file -> String.valueOf(file.getFileName())).filter(n -> n.startsWith("plan-") || n.startsWith("oci-") || n.startsWith("exit-"))).isEmpty();
    }
    for (Path group : cgroups.open(cgroupParent).paths().values()) {
      try (Stream<Path> left = Files.list(group)) {
        assertThat(left.filter(Files::isDirectory)).isEmpty();
      }
    }
  }

  @Override
  public void close() throws Exception {
    monitor.shutdown();
    sockets.close();
    spawn.close();
    cgroups.open(cgroupParent).delete();
    // The folder of netns pins was made a mount, so that pins are seen in every mount namespace.
    assertThat(new ProcessBuilder("umount", "-l", run.toString()).start().waitFor()).isZero();
    TreeRemoval.remove(run);
    TreeRemoval.remove(folder);
  }
}
