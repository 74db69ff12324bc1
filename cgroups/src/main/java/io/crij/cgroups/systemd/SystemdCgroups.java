package io.crij.cgroups.systemd;

import io.crij.cgroups.Cgroup;
import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.CgroupVersion;
import io.crij.cgroups.Cgroups;
import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cgroups that are units of systemd: slices of pods, scopes of containers. systemd makes the folders that it manages; what it
 * does not know (controllers of version 1, huge pages, files of {@code unified}) is added in the same places. Which cgroup is a
 * unit is told by its path, so that pods of the other driver live on when a node changes its driver.
 */
public final class SystemdCgroups {
  private static final Logger LOG = LoggerFactory.getLogger(SystemdCgroups.class);

  /** The group of what starts a container, in the container's scope. */
  private static final String STARTER = "starter";

  private final Cgroups cgroups;
  private final CgroupDriver driver;
  private final Units units;
  private final String mark;

  /** How many processes of the pod had been killed for lack of memory when this scope began, by its path. */
  private final Map<String, Long> killsBefore = new ConcurrentHashMap<>();

  /**
   * @param driver of new pods
   * @param owner what tells this daemon's units from those of another on this node: its root folder
   */
  public SystemdCgroups(Cgroups cgroups, CgroupDriver driver, Units units, String owner) {
    this.cgroups = cgroups;
    this.driver = driver;
    this.units = units;
    this.mark = " (crij " + owner + ")";
  }

  /** Of a node without systemd: cgroups are folders, and to ask for a unit is a mistake. */
  public static SystemdCgroups none(Cgroups cgroups) {
    Units units = new UnitsOnDemand(() -> {
      throw new IllegalStateException("A unit is asked for on a node without systemd.");
    });
    return new SystemdCgroups(cgroups, CgroupDriver.CGROUPFS, units, "");
  }

  public CgroupDriver driver() {
    return driver;
  }

  /** Makes a slice, if systemd does not have it yet. */
  public void startSlice(String path, String description) {
    List<UnitProperty> properties = new ArrayList<>();
    properties.add(new UnitProperty.Text("Description", description + mark));
    properties.add(new UnitProperty.Flag("DefaultDependencies", false));
    accounting(properties);
    units.start(Slices.unit(path), properties);
    if (cgroups.version() != CgroupVersion.V2) {
      cgroups.create(path);
    }
  }

  /** Puts a process that stands still into a scope of its own, with its limits and devices. */
  public void startScope(String path, int pid, String description, Limits limits, DeviceRules devices) {
    String slice = path.substring(0, path.lastIndexOf('/'));
    List<UnitProperty> properties = new ArrayList<>();
    properties.add(new UnitProperty.Text("Description", description + mark));
    properties.add(new UnitProperty.Text("Slice", Slices.unit(slice)));
    properties.add(new UnitProperty.Processes("PIDs", List.of(pid)));
    properties.add(new UnitProperty.Flag("Delegate", true));
    properties.add(new UnitProperty.Flag("DefaultDependencies", false));
    properties.add(new UnitProperty.Text("CollectMode", "inactive-or-failed"));
    accounting(properties);
    properties.addAll(LimitProperties.of(limits, cgroups.version()));
    killsBefore.put(path, cgroups.open(slice).oomKills().orElse(0));
    units.start(Slices.unit(path), properties);
    bound(cgroups.version() == CgroupVersion.V2 ? cgroups.open(path) : cgroups.create(path), limits, devices);
  }

  private static void bound(Cgroup cgroup, Limits limits, DeviceRules devices) {
    cgroup.apply(limits);
    cgroup.apply(devices);
  }

  /** Remembers for {@link #oomKills} what a scope that another daemon made has to its account: this one began later. */
  public void found(String path) {
    OptionalLong own = cgroups.open(path).oomKills();
    OptionalLong above = cgroups.open(path.substring(0, path.lastIndexOf('/'))).oomKills();
    if (own.isPresent() && above.isPresent()) {
      killsBefore.putIfAbsent(path, Math.max(0, above.getAsLong() - own.getAsLong()));
    }
  }

  /**
   * Puts a process into a scope that starts another process beside itself, and makes the group for that one. The limits are that group's
   * alone: the starter needs none, and systemd leaves alone what is in a scope that is delegated.
   *
   * @param inner the path of the group in the scope, {@link Scopes#inner}
   */
  public void startScopeAround(String inner, int starter, String description, Limits limits, DeviceRules devices) {
    String scope = Scopes.around(inner).orElseThrow();
    startScope(scope, starter, description, Limits.NONE, DeviceRules.ALLOW_ALL);
    if (cgroups.version() == CgroupVersion.V2) {
      // A group has processes or controllers to hand on, and not both.
      Path own = cgroups.open(scope).unifiedFolder().orElseThrow().resolve(STARTER);
      try {
        Files.createDirectory(own);
        Files.writeString(own.resolve("cgroup.procs"), Integer.toString(starter));
      } catch (IOException e) {
        throw CriException.internal("Process " + starter + " cannot be moved within its scope " + scope + ": " + e.getMessage() + ".", e);
      }
    }
    bound(cgroups.create(inner), limits, devices);
  }

  /** Sets limits of a slice or scope, all or nothing, in the control files and in the unit. */
  public void limit(String path, Limits limits) {
    Cgroup cgroup = cgroups.open(path);
    if (limits.equals(Limits.NONE)) {
      return;
    }
    if (!Scopes.isScope(path)) {
      // A slice has only the controllers that its properties need.
      units.set(Slices.unit(path), LimitProperties.of(limits, cgroups.version()));
      cgroup.apply(limits);
      return;
    }
    Limits before = cgroup.limits();
    cgroup.apply(limits);
    try {
      units.set(Slices.unit(path), LimitProperties.of(limits.over(cgroup.limits()), cgroups.version()));
    } catch (CriException e) {
      cgroup.apply(before);
      throw e;
    }
  }

  /** Ends the unit, whose processes are gone, and its folders. Idempotent. */
  public void end(String path) {
    Cgroup cgroup = cgroups.open(path);
    try {
      units.stop(Slices.unit(path));
    } catch (CriException e) {
      if (e.code() != ErrorCode.UNAVAILABLE || cgroup.exists()) {
        throw e;
      }
      LOG.debug("{} is gone already: {}", path, e.getMessage());
    }
    cgroup.delete();
    killsBefore.remove(path);
  }

  /**
   * How many of a scope's processes the kernel killed for lack of memory; empty if nobody knows any more. systemd takes the
   * folder away as soon as the last process has ended; the slice above has then kept the count.
   */
  public OptionalLong oomKills(String path) {
    OptionalLong own = cgroups.open(path).oomKills();
    Long before = killsBefore.remove(path);
    String slice = path.substring(0, path.lastIndexOf('/'));
    OptionalLong above = cgroups.open(slice).oomKills();
    if (own.isEmpty() && before != null && above.isPresent()) {
      own = OptionalLong.of(Math.max(0, above.getAsLong() - before));
    }
    long kills = own.orElse(0);
    if (kills > 0) {
      // They are this container's: not those of its neighbours in the slice, when they end.
      killsBefore.replaceAll((other, count) -> other.startsWith(slice + "/") ? count + kills : count);
    }
    return own;
  }

  /** The paths' units of this daemon that systemd has loaded. */
  public List<String> units() {
    return units.list(List.of("crij-*.scope", "crij-*.slice")).stream()
        .filter(unit -> unit.description().endsWith(mark))
        .map(Units.Unit::name)
        .toList();
  }

  /** Ends a unit of {@link #units} with all that runs in it. */
  public void endUnit(String unit) {
    units.stop(unit);
  }

  private static void accounting(List<UnitProperty> properties) {
    for (String resource : List.of("CPU", "Memory", "Tasks", "IO")) {
      properties.add(new UnitProperty.Flag(resource + "Accounting", true));
    }
  }
}
