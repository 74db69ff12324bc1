package io.crij.container;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.CgroupVersion;
import io.crij.cgroups.Cgroups;
import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.cgroups.systemd.Scopes;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.container.launch.CgroupFacts;
import io.crij.core.ObjectId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control groups of this node. */
final class NodeCgroups implements ContainerCgroups {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCgroups.class);

  private final Cgroups cgroups;
  private final SystemdCgroups systemd;

  NodeCgroups(Cgroups cgroups, SystemdCgroups systemd) {
    this.cgroups = cgroups;
    this.systemd = systemd;
  }

  @Override
  public CgroupFacts facts(String path) {
    Cgroup cgroup = cgroups.open(path);
    Path unified = cgroup.unifiedFolder().orElse(null);
    // Into the version 2 tree a process is born (CLONE_INTO_CGROUP); writing to its file would wait for a grace period.
    List<Path> taskFiles =
        cgroup.taskFiles().stream().filter(file -> unified == null || !unified.equals(file.getParent())).toList();
    return new CgroupFacts(cgroups.version() == CgroupVersion.V2, cgroup.paths(), taskFiles, unified, isOfSystemd(path));
  }

  @Override
  public void create(String path, Limits limits, DeviceRules devices) {
    Cgroup cgroup = cgroups.create(path);
    cgroup.apply(limits);
    cgroup.apply(devices);
  }

  @Override
  public void enclose(String path, int pid, String description, Limits limits, DeviceRules devices) {
    if (Scopes.isScope(path)) {
      systemd.startScope(path, pid, description, limits, devices);
    } else {
      systemd.startScopeAround(path, pid, description, limits, devices);
    }
  }

  private static boolean isOfSystemd(String path) {
    return Scopes.isScope(path) || Scopes.around(path).isPresent();
  }

  @Override
  public void endStrayScopes(Predicate<ObjectId> isKnown) {
    if (systemd.driver() != CgroupDriver.SYSTEMD) {
      return;
    }
    for (String unit : systemd.units()) {
      if (Scopes.container(unit).filter(isKnown.negate()).isPresent()) {
        LOG.warn("{} is of a container that is not known any more, and is ended", unit);
        systemd.endUnit(unit);
      }
    }
  }

  @Override
  public void apply(String path, Limits limits) {
    if (Scopes.isScope(path)) {
      systemd.limit(path, limits);
    } else {
      cgroups.open(path).apply(limits);
    }
  }

  @Override
  public void setOomScoreAdj(String path, int value) {
    for (long pid : cgroups.open(path).pids()) {
      try {
        Files.writeString(Path.of("/proc/" + pid + "/oom_score_adj"), Integer.toString(value));
      } catch (IOException e) {
        // It ended meanwhile, or the node lacks CAP_SYS_RESOURCE for a lower value: what is allowed is what it has.
        LOG.debug("The OOM score of process {} stays as it is: {}", pid, e.getMessage());
      }
    }
  }

  @Override
  public void killAll(String path, Duration deadline) {
    cgroups.open(path).killAll(deadline);
  }

  @Override
  public void found(String path) {
    if (isOfSystemd(path)) {
      systemd.found(Scopes.around(path).orElse(path));
    }
  }

  @Override
  public OptionalLong oomKills(String path) {
    return isOfSystemd(path) ? systemd.oomKills(Scopes.around(path).orElse(path)) : cgroups.open(path).oomKills();
  }

  @Override
  public void delete(String path) {
    if (isOfSystemd(path)) {
      systemd.end(Scopes.around(path).orElse(path));
    } else {
      cgroups.open(path).delete();
    }
  }

  @Override
  public Map<String, Path> folders(String path) {
    return cgroups.open(path).paths();
  }
}
