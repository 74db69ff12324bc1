package io.crij.sandbox;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.core.CreationClock;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Journal;
import io.crij.helper.ForeignPaths;
import io.crij.helper.MonitorConnector;
import io.crij.helper.MonitorStarter;
import io.crij.netns.PodNetwork;
import io.crij.nri.Nri;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The node as the operations on pods see it: made once by the daemon and given to each of them. */
public final class SandboxHost {
  private final SandboxStore store;
  private final Folders folders;
  private final PodCgroups cgroups;
  private final PodMonitors monitors;
  private final PodNetwork network;
  private final ForeignPaths paths;
  private final PodFiles.NodeFiles node;
  private final Nri nri;
  private final Journal journal;
  private final PodHandlers handlers;
  private final CreationClock clock = new CreationClock(Instant::now);
  private volatile CompletableFuture<Void> networkFree = CompletableFuture.completedFuture(null);
  private final ThreadFactory threads = Thread.ofVirtual().name("pod-", 0).factory();

  /**
   * @param cgroupRoot the folder in every hierarchy below which pods are that name no parent, such as {@code /crij}; it stays
   * @param connector {@code MonitorClient::connect}
   * @param node whose files pods get copies of, {@link PodFiles.NodeFiles#STANDARD}
   * @param nri who is told of pods, {@link Nri#NONE} for nobody
   */
  public SandboxHost(
      SandboxStore store,
      Folders folders,
      Cgroups cgroups,
      SystemdCgroups systemd,
      String cgroupRoot,
      MonitorStarter starter,
      MonitorConnector connector,
      PodNetwork network,
      ForeignPaths paths,
      PodFiles.NodeFiles node,
      Nri nri,
      Journal journal,
      PodHandlers handlers) {
    this.handlers = handlers;
    this.store = store;
    this.folders = folders;
    this.cgroups = new PodCgroups(cgroups, systemd, cgroupRoot);
    this.monitors = new PodMonitors(folders, starter, connector, bootId());
    this.network = network;
    this.paths = paths;
    this.node = node;
    this.nri = nri;
    this.journal = journal;
  }

  /** The id of this boot of the kernel. */
  private static String bootId() {
    Path file = Path.of("/proc/sys/kernel/random/boot_id");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CriException.precondition(
          "The id of this boot cannot be read from " + file + ": " + Failures.reason(e) + "; is /proc mounted?");
    }
  }

  SandboxStore store() {
    return store;
  }

  Folders folders() {
    return folders;
  }

  PodHandlers handlers() {
    return handlers;
  }

  PodCgroups cgroups() {
    return cgroups;
  }

  PodMonitors monitors() {
    return monitors;
  }

  PodNetwork network() {
    return network;
  }

  ForeignPaths paths() {
    return paths;
  }

  PodFiles.NodeFiles node() {
    return node;
  }

  Nri nri() {
    return nri;
  }

  Journal journal() {
    return journal;
  }

  CreationClock clock() {
    return clock;
  }

  /** Until the returned future is done, no pod is attached: CNI forbids ADD beside GC. For the start of the daemon. */
  CompletableFuture<Void> holdNetwork() {
    CompletableFuture<Void> hold = new CompletableFuture<>();
    networkFree = hold;
    return hold;
  }

  /** @throws CriException UNAVAILABLE if the network is still held after a minute */
  void awaitNetwork() {
    try {
      networkFree.get(1, TimeUnit.MINUTES);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new CriException(
          ErrorCode.UNAVAILABLE,
          "The network is still being cleaned of pods that ended before the runtime started; try again.",
          e);
    }
  }

  ThreadFactory threads() {
    return threads;
  }
}
