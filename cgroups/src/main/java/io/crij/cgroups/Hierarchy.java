package io.crij.cgroups;

import java.nio.file.Path;
import java.util.Set;

/**
 * One mounted tree of control groups.
 *
 * @param mountPoint where its root folder stands
 * @param controllers what it controls: kernel names such as {@code memory}, or {@code name=systemd} for a version 1 tree
 *     without controllers
 * @param unified true for the version 2 tree
 */
record Hierarchy(Path mountPoint, Set<String> controllers, boolean unified) {
  Hierarchy {
    controllers = Set.copyOf(controllers);
  }

  /** A word for this tree in reports: {@code unified} or its controllers, as {@code cpu,cpuacct}. */
  String label() {
    return unified ? "unified" : String.join(",", controllers.stream().sorted().toList());
  }
}
