package io.crij.cgroups;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * One control group in all hierarchies of the node. A view by path: it holds nothing open, and every call works on what is
 * there now. Threads may share it; two writers of limits at once are the caller's to keep apart.
 */
public final class Cgroup {
  /** Where it stands in one hierarchy. */
  record Folder(Hierarchy hierarchy, Path path) {
    boolean unified() {
      return hierarchy.unified();
    }
  }

  private final CgroupVersion version;
  private final String path;
  private final List<Folder> folders;

  Cgroup(CgroupVersion version, String path, List<Folder> folders) {
    this.version = version;
    this.path = path;
    this.folders = List.copyOf(folders);
  }

  /** The path from the roots of the hierarchies, as it was given to {@link Cgroups#create}. */
  public String path() {
    return path;
  }

  /** Its folders by hierarchy ({@code memory}, {@code cpu,cpuacct}, {@code unified}, …), sorted, for reports. */
  public Map<String, Path> paths() {
    Map<String, Path> paths = new TreeMap<>();
    folders.forEach(folder -> paths.put(folder.hierarchy().label(), folder.path()));
    return paths;
  }

  /**
   * The files that a launching process writes {@code 0} to, so as to enter: {@code tasks} in each version 1 hierarchy (only
   * for a process with one thread; it spares the wait that {@code cgroup.procs} has), {@code cgroup.procs} in version 2.
   */
  public List<Path> taskFiles() {
    return folders.stream().map(f -> f.path().resolve(f.unified() ? "cgroup.procs" : "tasks")).toList();
  }

  /** The folder to be born into by clone3(2) CLONE_INTO_CGROUP; present only where version 2 is all there is. */
  public Optional<Path> v2Folder() {
    return version == CgroupVersion.V2 ? unifiedFolder() : Optional.empty();
  }

  /** The folder in the version 2 hierarchy, on version 2 and on hybrid nodes. */
  public Optional<Path> unifiedFolder() {
    return folders.stream().filter(Folder::unified).map(Folder::path).findFirst();
  }

  /** The file that kills all of its processes when {@code 1} is written to it, where there is one (kernel 5.14, version 2). */
  public Optional<Path> killFile() {
    return unifiedFolder().map(folder -> folder.resolve("cgroup.kill")).filter(ControlFile::exists);
  }

  /** True if any of its folders exists. */
  public boolean exists() {
    return folders.stream().anyMatch(folder -> Files.isDirectory(folder.path()));
  }

  /**
   * Sets limits, all or nothing: if one is refused, those already set get their old values back.
   *
   * @throws CriException INVALID_ARGUMENT for values that no node can set, FAILED_PRECONDITION where this node lacks the
   *     controller or the memory in use is above the new limit, INTERNAL where the kernel refuses; the message names the file
   */
  public void apply(Limits limits) {
    LimitWriter.apply(this, limits);
  }

  /** The limits in force; what has no controller here is null. */
  public Limits limits() {
    return LimitReader.read(this);
  }

  /** The limits of CPU, memory and swap in force, which are cheaper to read than all; the rest is null. */
  public Limits cpuAndMemoryLimits() {
    return LimitReader.readCpuAndMemory(this);
  }

  /** The limits of memory and swap in force; all else is null. */
  public Limits memoryLimits() {
    return LimitReader.readMemory(this);
  }

  /**
   * Sets which devices may be used, where that is done by writing (version 1). On version 2 the launching process loads
   * {@link DeviceRules#bpfProgram()} instead and this does nothing.
   */
  public void apply(DeviceRules rules) {
    Optional<Folder> devices = folderOf("devices");
    if (devices.isEmpty()) {
      return;
    }
    for (DeviceRules.V1Write write : rules.v1Writes()) {
      Path file = devices.get().path().resolve(write.file());
      try {
        ControlFile.write(file, write.line());
      } catch (IOException e) {
        throw CriException.internal(
            "The device rule '" + write.line() + "' cannot be written to " + file + ": " + ControlFile.reason(e) + ".", e);
      }
    }
  }

  /** CPU time and throttling. */
  public CpuStats cpuStats() {
    return reading("CPU use", () -> StatsReader.cpu(this));
  }

  /** Memory in use and what of it can be had back. */
  public MemoryStats memoryStats() {
    return reading("memory use", () -> StatsReader.memory(this));
  }

  /** The number of tasks. */
  public PidsStats pidsStats() {
    return reading("number of tasks", () -> StatsReader.pids(this));
  }

  /** The most memory it had, and how often it had too little. */
  public MemoryMarks memoryMarks() {
    return reading("memory history", () -> StatsReader.memoryMarks(this));
  }

  /** Memory that the kernel takes from it last ({@code memory.low}, the soft limit of version 1); 0 for none. */
  public OptionalLong memoryReservation() {
    return reading("memory reservation", () -> StatsReader.memoryReservation(this));
  }

  /** What it read and wrote by device; empty where this node does not count it. */
  public Optional<IoStats> ioStats() {
    return reading("use of block devices", () -> StatsReader.io(this));
  }

  /** Its huge pages by size; empty where this node does not count them. */
  public List<HugepageUse> hugepages() {
    return reading("use of huge pages", () -> StatsReader.hugepages(this));
  }

  /** How much of its work waits for a resource; empty where this kernel does not tell. */
  public Optional<Pressure> pressure(Pressure.Resource resource) {
    return reading("pressure", () -> StatsReader.pressure(this, resource));
  }

  /** How many of its processes (those of groups below included) the kernel killed for lack of memory; empty once it is gone. */
  public OptionalLong oomKills() {
    try {
      return StatsReader.oomKills(this);
    } catch (IOException e) {
      if (ControlFile.isGone(e)) {
        return OptionalLong.empty();
      }
      throw CriException.internal("The OOM kills of cgroup " + path + " cannot be read: " + ControlFile.reason(e) + ".", e);
    }
  }

  /** The processes in it and in all groups below it, in no order; empty if it does not exist. */
  public List<Long> pids() {
    return CgroupProcesses.pids(this);
  }

  /**
   * The processes in it and in all groups below it, from one hierarchy alone: cheaper than {@link #pids}, and good enough to
   * count them. Empty if it does not exist.
   */
  public List<Long> processes() {
    return CgroupProcesses.ofOneTree(this);
  }

  /** Stops all of its processes where they are, and waits until they stand. */
  public void freeze(Duration deadline) {
    CgroupProcesses.freeze(this, deadline);
  }

  /** Lets its processes run again. */
  public void thaw() {
    CgroupProcesses.thaw(this);
  }

  /**
   * Kills all of its processes and those of groups below it, and returns when they are gone. Frozen ones die too. Succeeds at
   * once if it is empty or does not exist.
   *
   * @throws CriException DEADLINE_EXCEEDED, naming processes that remain, as those in uninterruptible sleep do
   */
  public void killAll(Duration deadline) {
    CgroupProcesses.killAll(this, deadline);
  }

  /**
   * Removes it and all groups below it from every hierarchy. It must hold no process; for one that is just leaving, this waits
   * up to 2 s. Succeeds if it does not exist.
   *
   * @throws CriException INTERNAL, naming the folder that stays
   */
  public void delete() {
    CgroupRemoval.delete(this);
  }

  List<Folder> folders() {
    return folders;
  }

  /** The folder of the hierarchy that has this controller. */
  Optional<Folder> folderOf(String controller) {
    return folders.stream().filter(folder -> folder.hierarchy().controllers().contains(controller)).findFirst();
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private <T> T reading(String what, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      String message = "The " + what + " of cgroup " + path + " cannot be read: " + ControlFile.reason(e) + ".";
      throw ControlFile.isGone(e) ? CriException.notFound(message) : CriException.internal(message, e);
    }
  }

  @Override
  public String toString() {
    return path;
  }
}
