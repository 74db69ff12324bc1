package io.crij.cgroups;

import io.crij.core.CriException;
import java.io.IOException;
import java.nio.file.Path;
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
    Path usage = folder(cgroup, "cpuacct").path().resolve("cpuacct.usage");
    return StatsParser.cpuV1(ControlFile.read(usage), ControlFile.read(cpu.path().resolve("cpu.stat")));
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

  private static Cgroup.Folder folder(Cgroup cgroup, String controller) {
    return cgroup
        .folderOf(controller)
        .orElseThrow(
            () -> CriException.precondition("The use of cgroup " + cgroup.path() + " cannot be read: this node has no '" + controller + "' controller."));
  }
}
