package io.crij.container;

import io.crij.cgroups.DeviceRules;
import io.crij.cgroups.Limits;
import io.crij.container.launch.CgroupFacts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** What containers need of control groups, by path; an interface so that their states are tested without root. */
interface ContainerCgroups {
  /** What a plan has to know of the group, whether it exists or not. */
  CgroupFacts facts(String path);

  /** Makes the group with its limits and the devices that it may use. */
  void create(String path, Limits limits, DeviceRules devices);

  /** Sets limits, all or nothing. */
  void apply(String path, Limits limits);

  /** Sets the OOM score of the processes in it; raised to what the kernel allows where it refuses. */
  void setOomScoreAdj(String path, int value);

  /** Kills all of its processes and returns when they are gone. */
  void killAll(String path, Duration deadline);

  /** How many of its processes the kernel killed for lack of memory; empty once it is gone. */
  OptionalLong oomKills(String path);

  /** Removes it; missing is fine. */
  void delete(String path);

  /** Its folders by hierarchy, for reports. */
  Map<String, Path> folders(String path);
}
