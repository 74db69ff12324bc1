package io.crij.container;

import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.container.launch.CgroupFacts;
import io.crij.core.ObjectId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** What containers need of control groups, by path; an interface so that their states are tested without root. */
interface ContainerCgroups {
  /** What a plan has to know of the group, whether it exists or not. */
  CgroupFacts facts(String path);

  /** Makes the group with its limits and the devices that it may use; one that is a scope has to have its process first. */
  void create(String path, Limits limits, DeviceRules devices);

  /**
   * Makes a scope around a process that stands still.
   *
   * @param pid in the host's numbering
   * @param description of the unit, for people
   */
  void enclose(String path, int pid, String description, Limits limits, DeviceRules devices);

  /** Ends scopes whose container is not known any more; nothing where systemd makes none. */
  void endStrayScopes(Predicate<ObjectId> isKnown);

  /** Sets limits, all or nothing. */
  void apply(String path, Limits limits);

  /** Sets the OOM score of the processes in it; raised to what the kernel allows where it refuses. */
  void setOomScoreAdj(String path, int value);

  /** Kills all of its processes and returns when they are gone. */
  void killAll(String path, Duration deadline);

  /** A container that began before this daemon runs in it. */
  void found(String path);

  /** How many of its processes the kernel killed for lack of memory; empty once it is gone. */
  OptionalLong oomKills(String path);

  /** Removes it; missing is fine. */
  void delete(String path);

  /** Its folders by hierarchy, for reports. */
  Map<String, Path> folders(String path);
}
