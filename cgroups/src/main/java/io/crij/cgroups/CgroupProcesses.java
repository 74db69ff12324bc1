package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Lists, freezes and kills the processes of a group and of all groups below it. */
final class CgroupProcesses {
  private static final long FIRST_PAUSE_NANOS = 200_000;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private CgroupProcesses() {}

  static List<Long> pids(Cgroup cgroup) {
    Set<Long> pids = new TreeSet<>();
    try {
      for (Cgroup.Folder folder : cgroup.folders()) {
        collect(folder.path(), pids);
      }
    } catch (IOException e) {
      throw CriException.internal("The processes of cgroup " + cgroup.path() + " cannot be read: " + e.getMessage() + ".", e);
    }
    return List.copyOf(pids);
  }

  static List<Long> ofOneTree(Cgroup cgroup) {
    Set<Long> pids = new TreeSet<>();
    try {
      Optional<Cgroup.Folder> folder = cgroup.folderOf("pids");
      if (folder.isPresent()) {
        collect(folder.get().path(), pids);
      }
    } catch (IOException e) {
      throw CriException.internal("The processes of cgroup " + cgroup.path() + " cannot be read: " + e.getMessage() + ".", e);
    }
    return List.copyOf(pids);
  }

  static void killAll(Cgroup cgroup, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    if (pids(cgroup).isEmpty()) {
      return;
    }
    Optional<Path> killFile = cgroup.killFile();
    if (killFile.isPresent()) {
      write(cgroup, killFile.get(), "1");
    }
    Optional<Path> freezer = freezerV1(cgroup);
    boolean gone = waitUntil(end, () -> {
      List<Long> left = outside(cgroup, killFile);
      if (!left.isEmpty() && killFile.isEmpty()) {
        // While all are frozen none can fork faster than it is killed.
        freezer.ifPresent(file -> write(cgroup, file, "FROZEN"));
        left = outside(cgroup, killFile);
      }
      kill(left);
      // A frozen process of version 1 takes its signal only once it is thawed.
      freezer.ifPresent(file -> write(cgroup, file, "THAWED"));
      return pids(cgroup).isEmpty();
    });
    if (!gone) {
      List<Long> left = pids(cgroup);
      if (!left.isEmpty()) {
        throw new CriException(
            ErrorCode.DEADLINE_EXCEEDED,
            "The processes of cgroup " + cgroup.path() + " are still there " + deadline.toMillis() + " ms after SIGKILL: " + described(left) + ".");
      }
    }
  }

  static void freeze(Cgroup cgroup, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    Optional<Path> unified = freezerV2(cgroup);
    Optional<Path> v1 = freezerV1(cgroup);
    BooleanSupplier frozen;
    if (unified.isPresent()) {
      write(cgroup, unified.get(), "1");
      Path events = unified.get().resolveSibling("cgroup.events");
      frozen = () -> StatsParser.flat(read(cgroup, events)).getOrDefault("frozen", 0L) == 1;
    } else if (v1.isPresent()) {
      write(cgroup, v1.get(), "FROZEN");
      Path state = v1.get();
      frozen = () -> read(cgroup, state).equals("FROZEN");
    } else {
      throw CriException.precondition("Cgroup " + cgroup.path() + " cannot be frozen: it does not exist, or this node has no freezer.");
    }
    if (!waitUntil(end, frozen)) {
      thaw(cgroup);
      throw new CriException(
          ErrorCode.DEADLINE_EXCEEDED, "Cgroup " + cgroup.path() + " did not freeze within " + deadline.toMillis() + " ms; it runs on.");
    }
  }

  static void thaw(Cgroup cgroup) {
    freezerV2(cgroup).ifPresent(file -> write(cgroup, file, "0"));
    freezerV1(cgroup).ifPresent(file -> write(cgroup, file, "THAWED"));
  }

  private static Optional<Path> freezerV2(Cgroup cgroup) {
    return cgroup.unifiedFolder().map(folder -> folder.resolve("cgroup.freeze")).filter(ControlFile::exists);
  }

  private static Optional<Path> freezerV1(Cgroup cgroup) {
    return cgroup
        .folderOf("freezer")
        .map(folder -> folder.path().resolve("freezer.state"))
        .filter(ControlFile::exists);
  }

  private static void collect(Path root, Set<Long> pids) throws IOException {
    for (Path folder : foldersOf(root)) {
      try {
        for (String line : ControlFile.read(folder.resolve("cgroup.procs")).lines().toList()) {
          pids.add(Long.parseLong(line));
        }
      } catch (IOException e) {
        if (!ControlFile.isGone(e)) {
          throw e;
        }
      }
    }
  }

  /** True if the folder surely has none below it, which its link count tells: looking at each of its many files costs more. */
  private static boolean isLeaf(Path folder) {
    try {
      return Files.getAttribute(folder, "unix:nlink") instanceof Integer links && links == 2;
    } catch (IOException e) {
      return false;
    }
  }

  /** The folder and all below it, parents first; none if it does not exist. Folders that go away meanwhile are passed over. */
  static List<Path> foldersOf(Path root) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(root)) {
      found.add(root);
    }
    for (int i = 0; i < found.size(); i++) {
      if (isLeaf(found.get(i))) {
        continue;
      }
      File[] children = found.get(i).toFile().listFiles(File::isDirectory);
      if (children != null) {
        Arrays.stream(children).map(File::toPath).forEach(found::add);
      }
    }
    return found;
  }

  /** The processes that a write to {@code cgroup.kill} does not reach: all without that file, else those that left the version 2 folder. */
  private static List<Long> outside(Cgroup cgroup, Optional<Path> killFile) {
    Set<Long> pids = new TreeSet<>(pids(cgroup));
    if (killFile.isPresent()) {
      Set<Long> reached = new TreeSet<>();
      try {
        collect(killFile.get().resolveSibling(""), reached);
      } catch (IOException e) {
        throw CriException.internal("The processes of cgroup " + cgroup.path() + " cannot be read: " + e.getMessage() + ".", e);
      }
      pids.removeAll(reached);
    }
    return List.copyOf(pids);
  }

  private static void kill(Collection<Long> pids) {
    pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  private static void write(Cgroup cgroup, Path file, String value) {
    try {
      ControlFile.write(file, value);
    } catch (IOException e) {
      if (!ControlFile.isGone(e)) {
        throw CriException.internal(
            "'" + value + "' cannot be written to " + file + " of cgroup " + cgroup.path() + ": " + ControlFile.reason(e) + ".", e);
      }
    }
  }

  private static String read(Cgroup cgroup, Path file) {
    try {
      return ControlFile.read(file);
    } catch (IOException e) {
      throw CriException.internal("Cgroup " + cgroup.path() + " cannot be read: " + file + ": " + ControlFile.reason(e) + ".", e);
    }
  }

  /** Looks again and again with growing pauses; cgroupfs offers nothing to wait on that works in both versions. */
  static boolean waitUntil(long endNanos, BooleanSupplier condition) {
    long pause = FIRST_PAUSE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - endNanos >= 0) {
        return false;
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
    }
    return true;
  }

  /** A few of the processes with the state that keeps them, as {@code 4711 (D)}. */
  private static String described(List<Long> pids) {
    List<String> shown = pids.stream().limit(5).map(pid -> pid + " (" + state(pid) + ")").toList();
    return String.join(", ", shown) + (pids.size() > shown.size() ? " and " + (pids.size() - shown.size()) + " more" : "");
  }

  private static String state(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      int afterName = stat.lastIndexOf(')') + 2;
      return stat.substring(afterName, afterName + 1);
    } catch (IOException e) {
      return "?";
    }
  }
}
