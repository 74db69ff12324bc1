package io.crij.cgroups;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The limits of a group as they stand in its control files. */
final class LimitReader {
  private LimitReader() {}

  static Limits read(Cgroup cgroup) {
    try {
      Optional<Cgroup.Folder> cpu = cgroup.folderOf("cpu");
      Optional<Cgroup.Folder> cpuset = cgroup.folderOf("cpuset");
      Optional<Cgroup.Folder> memory = cgroup.folderOf("memory");
      Bandwidth bandwidth = cpu.isPresent() ? bandwidth(cpu.get()) : new Bandwidth(null, null);
      Long memoryBytes = memory.isPresent() ? memory(memory.get()) : null;
      return new Limits(
          cpu.isPresent() ? shares(cpu.get()) : null,
          bandwidth.quota(),
          bandwidth.period(),
          memoryBytes,
          memory.isPresent() && memoryBytes != null ? memoryAndSwap(memory.get(), memoryBytes) : null,
          number(cgroup.folderOf("pids"), "pids.max", StatsParser::limit),
          text(cpuset, "cpuset.cpus"),
          text(cpuset, "cpuset.mems"),
          hugepages(cgroup.folderOf("hugetlb")),
          Map.of());
    } catch (IOException e) {
      throw unreadable(cgroup, e);
    }
  }

  /** CPU, memory and swap alone: no folder is listed. */
  static Limits readCpuAndMemory(Cgroup cgroup) {
    try {
      Optional<Cgroup.Folder> cpu = cgroup.folderOf("cpu");
      Bandwidth bandwidth = cpu.isPresent() ? bandwidth(cpu.get()) : new Bandwidth(null, null);
      Long shares = cpu.isPresent() ? shares(cpu.get()) : null;
      return memoryOf(cgroup, shares, bandwidth);
    } catch (IOException e) {
      throw unreadable(cgroup, e);
    }
  }

  /** Memory and swap alone. */
  static Limits readMemory(Cgroup cgroup) {
    try {
      return memoryOf(cgroup, null, new Bandwidth(null, null));
    } catch (IOException e) {
      throw unreadable(cgroup, e);
    }
  }

  private static Limits memoryOf(Cgroup cgroup, @Nullable Long shares, Bandwidth cpu) throws IOException {
    Optional<Cgroup.Folder> memory = cgroup.folderOf("memory");
    Long bytes = memory.isPresent() ? memory(memory.get()) : null;
    Long both = memory.isPresent() && bytes != null ? memoryAndSwap(memory.get(), bytes) : null;
    return new Limits(shares, cpu.quota(), cpu.period(), bytes, both, null, null, null, Map.of(), Map.of());
  }

  private static CriException unreadable(Cgroup cgroup, IOException e) {
    String message = "The limits of cgroup " + cgroup.path() + " cannot be read: " + ControlFile.reason(e) + ".";
    return ControlFile.isGone(e) ? CriException.notFound(message) : CriException.internal(message, e);
  }

  record Bandwidth(@Nullable Long quota, @Nullable Long period) {}

  static Bandwidth bandwidth(Cgroup.Folder cpu) throws IOException {
    if (!cpu.unified()) {
      Optional<Cgroup.Folder> folder = Optional.of(cpu);
      return new Bandwidth(
          number(folder, "cpu.cfs_quota_us", StatsParser::limit), number(folder, "cpu.cfs_period_us", StatsParser::unsigned));
    }
    String max = text(Optional.of(cpu), "cpu.max");
    if (max == null) {
      return new Bandwidth(null, null);
    }
    String[] words = max.split(" ");
    return new Bandwidth(StatsParser.limit(words[0]), words.length > 1 ? StatsParser.unsigned(words[1]) : null);
  }

  static @Nullable Long memory(Cgroup.Folder memory) throws IOException {
    return number(Optional.of(memory), memory.unified() ? "memory.max" : "memory.limit_in_bytes", StatsParser::limit);
  }

  /** Memory and swap together; null where swap is not accounted. */
  static @Nullable Long memoryAndSwap(Cgroup.Folder memory, long memoryBytes) throws IOException {
    if (!memory.unified()) {
      return number(Optional.of(memory), "memory.memsw.limit_in_bytes", StatsParser::limit);
    }
    Long swap = number(Optional.of(memory), "memory.swap.max", StatsParser::limit);
    if (swap == null) {
      return null;
    }
    return swap < 0 || memoryBytes < 0 ? Limits.UNLIMITED : memoryBytes + swap;
  }

  private static @Nullable Long shares(Cgroup.Folder cpu) throws IOException {
    Optional<Cgroup.Folder> folder = Optional.of(cpu);
    return cpu.unified()
        ? number(folder, "cpu.weight", text -> CpuWeight.toShares(StatsParser.unsigned(text)))
        : number(folder, "cpu.shares", StatsParser::unsigned);
  }

  private static Map<String, Long> hugepages(Optional<Cgroup.Folder> hugetlb) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    if (hugetlb.isEmpty() || !Files.isDirectory(hugetlb.get().path())) {
      return sizes;
    }
    String ending = hugetlb.get().unified() ? ".max" : ".limit_in_bytes";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(hugetlb.get().path(), "hugetlb.*" + ending)) {
      for (Path file : files) {
        String size = String.valueOf(file.getFileName());
        size = size.substring("hugetlb.".length(), size.length() - ending.length());
        if (size.indexOf('.') < 0) {
          sizes.put(size, StatsParser.limit(ControlFile.read(file)));
        }
      }
    }
    return sizes;
  }

  private static @Nullable Long number(Optional<Cgroup.Folder> folder, String name, Function<String, Long> parse)
      throws IOException {
    String text = text(folder, name);
    return text == null ? null : parse.apply(text);
  }

  /** Null if the node has no such controller, or the controller no such file. */
  private static @Nullable String text(Optional<Cgroup.Folder> folder, String name) throws IOException {
    if (folder.isEmpty()) {
      return null;
    }
    try {
      return ControlFile.read(folder.get().path().resolve(name));
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
