package io.crij.cgroups;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds and reads the files with the use of a group, in the hierarchy that has them. */
final class StatsReader {
  private StatsReader() {}

  static CpuStats cpu(Cgroup cgroup) throws IOException {
    Cgroup.Folder cpu = folder(cgroup, "cpu");
    if (cpu.unified()) {
      return StatsParser.cpuV2(ControlFile.read(cpu.path().resolve("cpu.stat")));
    }
    Path cpuacct = folder(cgroup, "cpuacct").path();
    return StatsParser.cpuV1(
        ControlFile.read(cpuacct.resolve("cpuacct.usage")),
        ControlFile.read(cpuacct.resolve("cpuacct.stat")),
        ControlFile.read(cpu.path().resolve("cpu.stat")));
  }

  static MemoryStats memory(Cgroup cgroup) throws IOException {
    Cgroup.Folder memory = folder(cgroup, "memory");
    String stat = ControlFile.read(memory.path().resolve("memory.stat"));
    if (!memory.unified()) {
      return StatsParser.memoryV1(ControlFile.read(memory.path().resolve("memory.usage_in_bytes")), stat);
    }
    Path swap = memory.path().resolve("memory.swap.current");
    return StatsParser.memoryV2(
        ControlFile.read(memory.path().resolve("memory.current")), ControlFile.exists(swap) ? ControlFile.read(swap) : "", stat);
  }

  static PidsStats pids(Cgroup cgroup) throws IOException {
    Path pids = folder(cgroup, "pids").path();
    return new PidsStats(
        StatsParser.unsigned(ControlFile.read(pids.resolve("pids.current"))),
        StatsParser.limit(ControlFile.read(pids.resolve("pids.max"))));
  }

  static OptionalLong oomKills(Cgroup cgroup) throws IOException {
    Optional<Cgroup.Folder> memory = cgroup.folderOf("memory");
    if (memory.isEmpty()) {
      return OptionalLong.empty();
    }
    String file = memory.get().unified() ? "memory.events" : "memory.oom_control";
    Long kills = StatsParser.flat(ControlFile.read(memory.get().path().resolve(file))).get("oom_kill");
    return kills == null ? OptionalLong.empty() : OptionalLong.of(kills);
  }

  static MemoryMarks memoryMarks(Cgroup cgroup) throws IOException {
    Cgroup.Folder memory = folder(cgroup, "memory");
    Path folder = memory.path();
    if (!memory.unified()) {
      return new MemoryMarks(
          count(folder.resolve("memory.max_usage_in_bytes")),
          count(folder.resolve("memory.failcnt")),
          count(folder.resolve("memory.kmem.usage_in_bytes")),
          oomKills(cgroup));
    }
    Map<String, Long> events = StatsParser.flat(ControlFile.read(folder.resolve("memory.events")));
    Map<String, Long> stat = StatsParser.flat(ControlFile.read(folder.resolve("memory.stat")));
    return new MemoryMarks(
        count(folder.resolve("memory.peak")), value(events, "max"), value(stat, "kernel"), value(events, "oom_kill"));
  }

  static OptionalLong memoryReservation(Cgroup cgroup) throws IOException {
    Cgroup.Folder memory = folder(cgroup, "memory");
    Optional<String> text = text(memory.path().resolve(memory.unified() ? "memory.low" : "memory.soft_limit_in_bytes"));
    return text.isPresent() ? OptionalLong.of(Math.max(0, StatsParser.limit(text.get()))) : OptionalLong.empty();
  }

  /** Empty where the node does not count it. */
  static Optional<IoStats> io(Cgroup cgroup) throws IOException {
    Optional<Cgroup.Folder> v2 = cgroup.folderOf("io");
    if (v2.isPresent()) {
      Optional<String> stat = text(v2.get().path().resolve("io.stat"));
      return stat.map(StatsParser::ioV2);
    }
    Optional<Cgroup.Folder> v1 = cgroup.folderOf("blkio");
    if (v1.isEmpty()) {
      return Optional.empty();
    }
    Path folder = v1.get().path();
    Optional<String> bytes = text(folder.resolve("blkio.throttle.io_service_bytes_recursive"));
    Optional<String> operations = text(folder.resolve("blkio.throttle.io_serviced_recursive"));
    return bytes.isEmpty() || operations.isEmpty()
        ? Optional.empty()
        : Optional.of(StatsParser.ioV1(bytes.get(), operations.get()));
  }

  /** One for each size that this node has; none where huge pages are not counted. */
  static List<HugepageUse> hugepages(Cgroup cgroup) throws IOException {
    Optional<Cgroup.Folder> hugetlb = cgroup.folderOf("hugetlb");
    List<HugepageUse> sizes = new ArrayList<>();
    if (hugetlb.isEmpty()) {
      return sizes;
    }
    String ending = hugetlb.get().unified() ? ".current" : ".usage_in_bytes";
    Path folder = hugetlb.get().path();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "hugetlb.*" + ending)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String size = name.substring("hugetlb.".length(), name.length() - ending.length());
        // The other files of this ending count reservations.
        if (size.indexOf('.') < 0) {
          sizes.add(
              new HugepageUse(
                  size,
                  StatsParser.unsigned(ControlFile.read(file)),
                  count(folder.resolve("hugetlb." + size + ".max_usage_in_bytes"))));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    sizes.sort(Comparator.comparing(HugepageUse::size));
    return sizes;
  }

  /** Empty where the kernel does not count pressure, or was told not to. */
  static Optional<Pressure> pressure(Cgroup cgroup, Pressure.Resource resource) throws IOException {
    Optional<Path> folder = cgroup.unifiedFolder();
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    try {
      return text(folder.get().resolve(resource.file())).map(StatsParser::pressure);
    } catch (FileSystemException e) {
      // EOPNOTSUPP from open(2): psi=0 on the kernel's command line, or 0 in cgroup.pressure.
      if (ControlFile.reason(e).contains("not supported")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static OptionalLong count(Path file) throws IOException {
    Optional<String> text = text(file);
    return text.isPresent() ? OptionalLong.of(StatsParser.unsigned(text.get())) : OptionalLong.empty();
  }

  private static OptionalLong value(Map<String, Long> values, String name) {
    Long value = values.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** Nothing if there is no such file: a kernel without it, or a group that is gone. */
  private static Optional<String> text(Path file) throws IOException {
    try {
      return Optional.of(ControlFile.read(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Cgroup.Folder folder(Cgroup cgroup, String controller) {
    return cgroup
        .folderOf(controller)
        .orElseThrow(
            () -> CriException.precondition("The use of cgroup " + cgroup.path() + " cannot be read: this node has no '" + controller + "' controller."));
  }
}
