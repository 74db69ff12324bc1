package io.crij.container;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.container.cdi.CdiDevices;
import io.crij.container.hooks.ContainerHooks;
import io.crij.container.hooks.NodeHooks;
import io.crij.container.launch.DevFolder;
import io.crij.container.launch.HostDevices;
import io.crij.container.oci.OciRuntimes;
import io.crij.core.CreationClock;
import io.crij.core.Journal;
import io.crij.helper.ForeignPaths;
import io.crij.helper.seccomp.SeccompCompiler;
import io.crij.image.ImageUses;
import io.crij.nri.Nri;
import io.crij.sandbox.Sandboxes;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ThreadFactory;

/** The node as the operations on containers see it: made once by the daemon and given to each of them. */
public final class ContainerHost {
  private final Parts parts;
  private final CreationClock clock = new CreationClock(Instant::now);
  private final ThreadFactory threads = Thread.ofVirtual().name("container-", 0).factory();
  private final Stops stops;
  private final Journal journal;
  private final ContainerPlugins plugins;
  private final OciRuntimes runtimes;
  private final ContainerHooks hooks;

  /** What it is made of; tests put other things in. */
  record Parts(
      ContainerStore store,
      Pods pods,
      ImageUses images,
      ContainerCgroups cgroups,
      ForeignPaths paths,
      HostDevices devices,
      SeccompProfiles seccomp,
      NodeFacts node,
      StopClock stopClock,
      CdiDevices cdi,
      NodeHooks hooks) {
    Parts(
        ContainerStore store,
        Pods pods,
        ImageUses images,
        ContainerCgroups cgroups,
        ForeignPaths paths,
        HostDevices devices,
        SeccompProfiles seccomp,
        NodeFacts node,
        StopClock stopClock,
        NodeHooks hooks) {
      this(store, pods, images, cgroups, paths, devices, seccomp, node, stopClock, new CdiDevices(CdiDevices.STANDARD), hooks);
    }
  }

  ContainerHost(Parts parts) {
    this(parts, Nri.NONE, new Journal());
  }

  ContainerHost(Parts parts, Nri nri, Journal journal) {
    this(parts, nri, journal, OciRuntimes.none());
  }

  ContainerHost(Parts parts, Nri nri, Journal journal, OciRuntimes runtimes) {
    this.parts = parts;
    this.runtimes = runtimes;
    this.journal = journal;
    this.plugins = new ContainerPlugins(nri, parts.pods, threads);
    this.hooks = new ContainerHooks(parts.hooks.programs(), parts.store::folder, threads);
    this.stops = new Stops(this);
  }

  /**
   * The containers of this node.
   *
   * @param root the daemon's folder for what outlives a boot; they stand in {@code <root>/containers}
   * @param systemd for the containers of pods that are slices
   * @param paths for the sources of mounts, which may hang
   * @param hooks what the node has for hooks
   * @param nri who is told of containers, {@link Nri#NONE} for nobody
   * @param journal where the stages of their start go
   * @param runtimes the handlers that are OCI runtimes
   */
  public static ContainerHost of(
      Path root, Sandboxes sandboxes, ImageUses images, Cgroups cgroups, SystemdCgroups systemd, ForeignPaths paths, SeccompCompiler seccomp, NodeHooks hooks, Nri nri, Journal journal, OciRuntimes runtimes) {
    return new ContainerHost(
        new Parts(
            new ContainerStore(root.resolve("containers")),
            Pods.of(sandboxes),
            images,
            new NodeCgroups(cgroups, systemd),
            paths,
            new DevFolder(Path.of("/dev")),
            new CompiledSeccomp(seccomp),
            NodeFacts.probe(),
            StopClock.SYSTEM,
            hooks),
        nri,
        journal,
        runtimes);
  }

  ContainerStore store() {
    return parts.store;
  }

  Pods pods() {
    return parts.pods;
  }

  ImageUses images() {
    return parts.images;
  }

  ContainerCgroups cgroups() {
    return parts.cgroups;
  }

  ForeignPaths paths() {
    return parts.paths;
  }

  HostDevices devices() {
    return parts.devices;
  }

  SeccompProfiles seccomp() {
    return parts.seccomp;
  }

  NodeFacts node() {
    return parts.node;
  }

  CdiDevices cdi() {
    return parts.cdi;
  }

  NodeHooks nodeHooks() {
    return parts.hooks;
  }

  /** Those of the containers. */
  ContainerHooks hooks() {
    return hooks;
  }

  StopClock stopClock() {
    return parts.stopClock;
  }

  Journal journal() {
    return journal;
  }

  CreationClock clock() {
    return clock;
  }

  ThreadFactory threads() {
    return threads;
  }

  Stops stops() {
    return stops;
  }

  OciRuntimes runtimes() {
    return runtimes;
  }

  ContainerPlugins plugins() {
    return plugins;
  }
}
