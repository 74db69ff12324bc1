package io.crij.cgroups;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Removes the folders of a group. Control files inside are not removed: rmdir(2) of a cgroupfs folder takes them along. */
final class CgroupRemoval {
  /** How long a killed process may take to leave; after that the folder is really in use. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private CgroupRemoval() {}

  static void delete(Cgroup cgroup) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    List<String> left = new ArrayList<>();
    CgroupProcesses.waitUntil(
        end,
        () -> {
          left.clear();
          for (Cgroup.Folder folder : cgroup.folders()) {
            removeTree(folder.path(), left);
          }
          return left.isEmpty();
        });
    if (!left.isEmpty()) {
      throw CriException.internal("The cgroup " + cgroup.path() + " cannot be removed: " + String.join("; ", left) + ".", null);
    }
  }

  /** Children first. Each hierarchy is tried, whatever the others do. */
  private static void removeTree(Path root, List<String> left) {
    for (Path folder : CgroupProcesses.foldersOf(root).reversed()) {
      try {
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        left.add(folder + ": " + ControlFile.reason(e));
        return;
      }
    }
  }
}
