package io.crij.sandbox;

import io.crij.cgroups.Cgroups;
import io.crij.core.CriException;
import io.crij.helper.ForeignPaths;
import io.crij.helper.MonitorConnector;
import io.crij.helper.MonitorStarter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ThreadFactory;

/** The node as the operations on pods see it: made once by the daemon and given to each of them. */
public final class SandboxHost {
  private final SandboxStore store;
  private final Folders folders;
  private final PodCgroups cgroups;
  private final PodMonitors monitors;
  private final NetworkAttachment network;
  private final ForeignPaths paths;
  private final PodFiles.NodeFiles node;
  private final CreationClock clock = new CreationClock(Instant::now);
  private final ThreadFactory threads = Thread.ofVirtual().name("pod-", 0).factory();

  SandboxHost(
      SandboxStore store,
      Folders folders,
      PodCgroups cgroups,
      PodMonitors monitors,
      NetworkAttachment network,
      ForeignPaths paths,
      PodFiles.NodeFiles node) {
    this.store = store;
    this.folders = folders;
    this.cgroups = cgroups;
    this.monitors = monitors;
    this.network = network;
    this.paths = paths;
    this.node = node;
  }

  /** The id of this boot of the kernel. */
  static String bootId() {
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

  PodCgroups cgroups() {
    return cgroups;
  }

  PodMonitors monitors() {
    return monitors;
  }

  NetworkAttachment network() {
    return network;
  }

  ForeignPaths paths() {
    return paths;
  }

  PodFiles.NodeFiles node() {
    return node;
  }

  CreationClock clock() {
    return clock;
  }

  ThreadFactory threads() {
    return threads;
  }
}
