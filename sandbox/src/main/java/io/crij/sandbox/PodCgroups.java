package io.crij.sandbox;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.Cgroups;
import io.crij.cgroups.Limits;
import io.crij.cgroups.systemd.Slices;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a pod's containers have their cgroups. A pod has no process of its own, so it needs no cgroup of its own below the one
 * that kubelet made; kubelet's limits are never touched. What was missing is made, and removed again by the last pod that used it.
 */
final class PodCgroups {
  private static final Logger LOG = LoggerFactory.getLogger(PodCgroups.class);
  private static final Duration KILL = Duration.ofSeconds(10);

  private final Cgroups cgroups;
  private final SystemdCgroups systemd;
  private final String root;

  /**
   * @param systemd makes the slices of pods that have one
   * @param root the folder for pods whose request names none, such as {@code /crij}
   */
  PodCgroups(Cgroups cgroups, SystemdCgroups systemd, String root) {
    this.cgroups = cgroups;
    this.systemd = systemd;
    this.root = root;
  }

  /** Of new pods. */
  CgroupDriver driver() {
    return systemd.driver();
  }

  /** An absolute path without empty parts and without a slash at its end; {@code /} for the root. */
  static String normal(String path) {
    StringBuilder normal = new StringBuilder();
    for (String part : path.split("/")) {
      if (!part.isEmpty() && !part.equals(".")) {
        normal.append('/').append(part);
      }
    }
    return normal.isEmpty() ? "/" : normal.toString();
  }

  /** The folder of the pod's containers: as requested, or one of the pod's own. */
  String parent(ObjectId id, String requested) {
    if (driver() == CgroupDriver.CGROUPFS) {
      return requested.isEmpty() ? own(id) : normal(requested);
    }
    return requested.isEmpty() ? ownSlice(id) : Slices.path(Slices.unit(normal(requested)));
  }

  /**
   * The folders on the way to {@code parent} that are not there, outermost first, and those that other pods have made: each
   * pod claims them, so that the last one takes them away. In each hierarchy, because kubelet makes its own in some only. Of a
   * slice it is the unit's name.
   */
  List<String> missing(String parent, Collection<SandboxRecord> others) {
    Set<String> claimed = new LinkedHashSet<>();
    others.forEach(other -> claimed.addAll(other.madeCgroups()));
    if (Slices.isSlice(parent)) {
      // systemd makes the slices above by itself.
      return claimed.contains(Slices.unit(parent)) || !cgroups.open(parent).exists() ? List.of(Slices.unit(parent)) : List.of();
    }
    Set<String> missing = new LinkedHashSet<>();
    StringBuilder path = new StringBuilder();
    for (String part : parent.substring(1).split("/")) {
      path.append('/').append(part);
      if (path.toString().equals(root)) {
        continue; // the daemon's own: it stays
      }
      for (Path folder : cgroups.open(path.toString()).paths().values()) {
        if (claimed.contains(folder.toString()) || !Files.isDirectory(folder)) {
          missing.add(folder.toString());
        }
      }
    }
    return List.copyOf(missing);
  }

  /** Makes the folders that {@link #missing} found; kubelet's own are left alone. */
  void make(SandboxRecord record) {
    if (record.madeCgroups().isEmpty()) {
      return;
    }
    if (Slices.isSlice(record.cgroupParent())) {
      systemd.startSlice(record.cgroupParent(), isOwn(record) ? "Pod " + record.id() : "Pods");
    } else {
      cgroups.create(record.cgroupParent());
    }
  }

  /** Sets the pod's limits, all or nothing, where the folder is the pod's alone; elsewhere they are kubelet's to set. */
  void limit(SandboxRecord record, Limits limits) {
    if (!isOwn(record)) {
      return;
    }
    if (Slices.isSlice(record.cgroupParent())) {
      systemd.limit(record.cgroupParent(), limits);
    } else {
      cgroups.open(record.cgroupParent()).apply(limits);
    }
  }

  /** Kills every process of the pod, where the folder is the pod's alone. Others are killed container by container. */
  void kill(SandboxRecord record) {
    if (isOwn(record)) {
      cgroups.open(record.cgroupParent()).killAll(KILL);
    }
  }

  /** Kills and takes away what a pod has below the daemon's own folder; for one without a record. Idempotent. */
  void removeOwn(ObjectId id) {
    Cgroup cgroup = cgroups.open(own(id));
    cgroup.killAll(KILL);
    cgroup.delete();
    Cgroup slice = cgroups.open(ownSlice(id));
    if (slice.exists()) {
      slice.killAll(KILL);
      systemd.end(slice.path());
    }
  }

  /** Takes away what {@link #make} made, unless another pod uses it. Idempotent. */
  void remove(SandboxRecord record) throws IOException {
    if (isOwn(record)) {
      removeOwn(record.objectId());
      return;
    }
    if (Slices.isSlice(record.cgroupParent())) {
      removeSlice(record);
      return;
    }
    for (String folder : record.madeCgroups().reversed()) {
      try {
        Files.deleteIfExists(Path.of(folder));
      } catch (IOException e) {
        if (hasChildren(Path.of(folder))) {
          LOG.debug("cgroup folder {} stays: others use it", folder);
        } else {
          throw e;
        }
      }
    }
  }

  /** A slice that is stopped takes its scopes along, so it is left alone while anybody has one in it. */
  private void removeSlice(SandboxRecord record) throws IOException {
    if (record.madeCgroups().isEmpty()) {
      return;
    }
    for (Path folder : cgroups.open(record.cgroupParent()).paths().values()) {
      if (Files.isDirectory(folder) && hasChildren(folder)) {
        LOG.debug("{} stays: others use it", record.cgroupParent());
        return;
      }
    }
    systemd.end(record.cgroupParent());
  }

  /** rmdir(2) of a cgroup says EBUSY for a child and for a process alike; a child belongs to another pod or user. */
  private static boolean hasChildren(Path folder) throws IOException {
    try (var entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      return entries.iterator().hasNext();
    }
  }

  private boolean isOwn(SandboxRecord record) {
    return record.cgroupParent().equals(own(record.objectId())) || record.cgroupParent().equals(ownSlice(record.objectId()));
  }

  private String own(ObjectId id) {
    return root + "/pod" + id;
  }

  private String ownSlice(ObjectId id) {
    return Slices.path(Slices.ofPod(Slices.unit(root), id));
  }
}
