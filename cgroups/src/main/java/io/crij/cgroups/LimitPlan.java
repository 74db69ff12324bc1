package io.crij.cgroups;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which control files get which text, in which order, for limits. Reads the files, writes none. */
final class LimitPlan {
  private static final Logger LOG = LoggerFactory.getLogger(LimitPlan.class);
  private static final AtomicBoolean SWAP_UNACCOUNTED_SAID = new AtomicBoolean();

  /** A control file's name: {@code memory.high}. No path, and not the group's own controls ({@code cgroup.*}). */
  private static final Pattern UNIFIED_KEY = Pattern.compile("(?!cgroup\\.)[a-z0-9_]+(\\.[A-Za-z0-9_]+)+");

  private static final Pattern PAGE_SIZE = Pattern.compile("[0-9]+[KMGT]?B");
  private static final Pattern NUMBER_LIST = Pattern.compile("[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*");

  record Write(Path file, String value) {}

  private final Cgroup cgroup;
  private final List<Write> writes = new ArrayList<>();

  private LimitPlan(Cgroup cgroup) {
    this.cgroup = cgroup;
  }

  static List<Write> of(Cgroup cgroup, Limits limits) throws IOException {
    LimitPlan plan = new LimitPlan(cgroup);
    // Memory first: a resize that cannot be had should fail before anything else changes.
    plan.memory(limits);
    plan.cpu(limits);
    plan.cpuset("cpuset.cpus", limits.cpusetCpus());
    plan.cpuset("cpuset.mems", limits.cpusetMems());
    plan.pids(limits);
    plan.hugepages(limits.hugepages());
    plan.unified(limits.unified());
    return plan.writes;
  }

  private void memory(Limits limits) throws IOException {
    Long wanted = limits.memoryBytes();
    Long wantedTotal = limits.memoryAndSwapBytes();
    if (wanted == null && wantedTotal == null) {
      return;
    }
    Cgroup.Folder folder = need("memory");
    Long before = LimitReader.memory(folder);
    if (before == null) {
      throw CriException.precondition("The memory limit of cgroup " + cgroup.path() + " cannot be set: " + folder.path() + " has no such control file.");
    }
    long memory = wanted != null ? wanted : before;
    if (wantedTotal != null && wantedTotal >= 0 && (memory < 0 || wantedTotal < memory)) {
      throw CriException.invalid(
          "The limit of memory and swap (" + wantedTotal + " bytes) of cgroup " + cgroup.path() + " is below its limit of memory (" + (memory < 0 ? "none" : memory + " bytes") + "): it counts both together.");
    }
    if (memory >= 0 && (before < 0 || memory < before)) {
      refuseBelowUse(memory);
    }
    if (folder.unified()) {
      memoryV2(folder, limits, memory);
    } else {
      memoryV1(folder, limits, before);
    }
  }

  private void memoryV2(Cgroup.Folder folder, Limits limits, long memory) {
    Path swapFile = folder.path().resolve("memory.swap.max");
    if (limits.memoryBytes() != null) {
      add(folder, "memory.max", maxOr(memory));
    }
    Long total = limits.memoryAndSwapBytes();
    if (total != null && accountsSwap(swapFile)) {
      writes.add(new Write(swapFile, total < 0 ? "max" : Long.toString(total - memory)));
    }
  }

  /** The kernel keeps memory ≤ memory+swap at each single write, so the order depends on where both stand now. */
  private void memoryV1(Cgroup.Folder folder, Limits limits, long before) throws IOException {
    Long memory = limits.memoryBytes();
    Long total = limits.memoryAndSwapBytes();
    Path totalFile = folder.path().resolve("memory.memsw.limit_in_bytes");
    boolean swapAccounted = ControlFile.exists(totalFile);
    if (total != null) {
      swapAccounted = accountsSwap(totalFile);
    } else if (swapAccounted && memory != null) {
      // Swap is not spoken of: as much of it stays allowed as before, which here means another total.
      long oldTotal = StatsParser.limit(ControlFile.read(totalFile));
      if (oldTotal >= 0) {
        total = memory < 0 ? Limits.UNLIMITED : memory + oldTotal - Math.max(before, 0);
      }
    }
    Write totalWrite = total != null && swapAccounted ? new Write(totalFile, total.toString()) : null;
    boolean totalFirst = total != null && !above(before, total);
    if (totalWrite != null && totalFirst) {
      writes.add(totalWrite);
    }
    if (memory != null) {
      add(folder, "memory.limit_in_bytes", memory.toString());
    }
    if (totalWrite != null && !totalFirst) {
      writes.add(totalWrite);
    }
  }

  private void refuseBelowUse(long memory) throws IOException {
    MemoryStats stats = StatsReader.memory(cgroup);
    long held = stats.usageBytes() - stats.reclaimableBytes();
    if (held > memory) {
      throw CriException.precondition(
          "The memory limit of cgroup " + cgroup.path() + " cannot be lowered to " + memory + " bytes: " + held + " bytes are in use that cannot be given back.");
    }
  }

  private void cpu(Limits limits) throws IOException {
    Long shares = limits.cpuShares();
    Long quota = limits.cpuQuotaMicros();
    Long period = limits.cpuPeriodMicros();
    if (shares == null && quota == null && period == null) {
      return;
    }
    Cgroup.Folder folder = need("cpu");
    if (shares != null) {
      if (folder.unified()) {
        add(folder, "cpu.weight", Long.toString(CpuWeight.ofShares(shares)));
      } else {
        add(folder, "cpu.shares", shares.toString());
      }
    }
    if (quota == null && period == null) {
      return;
    }
    LimitReader.Bandwidth before = LimitReader.bandwidth(folder);
    if (folder.unified()) {
      Long wholeQuota = quota != null ? quota : before.quota();
      String value = wholeQuota == null ? "max" : maxOr(wholeQuota);
      add(folder, "cpu.max", period == null ? value : value + " " + period);
      return;
    }
    Write periodWrite = period == null ? null : new Write(folder.path().resolve("cpu.cfs_period_us"), period.toString());
    // Under a parent with a quota, the pair of new and old value between the two writes must not ask for more than both ends.
    boolean periodFirst = period != null && (before.period() == null || period >= before.period());
    if (periodWrite != null && periodFirst) {
      writes.add(periodWrite);
    }
    if (quota != null) {
      add(folder, "cpu.cfs_quota_us", quota.toString());
    }
    if (periodWrite != null && !periodFirst) {
      writes.add(periodWrite);
    }
  }

  private void cpuset(String file, @org.jspecify.annotations.Nullable String list) {
    if (list == null) {
      return;
    }
    if (!NUMBER_LIST.matcher(list).matches()) {
      throw CriException.invalid("'" + Printable.plain(list) + "' is not a value for " + file + ": a list such as 0-2,7 is expected.");
    }
    add(need("cpuset"), file, list);
  }

  private void pids(Limits limits) {
    Long pids = limits.pids();
    if (pids != null) {
      add(need("pids"), "pids.max", maxOr(pids));
    }
  }

  private void hugepages(Map<String, Long> hugepages) throws IOException {
    for (Map.Entry<String, Long> entry : new TreeMap<>(hugepages).entrySet()) {
      String size = entry.getKey();
      long bytes = entry.getValue();
      if (!PAGE_SIZE.matcher(size).matches()) {
        throw CriException.invalid("'" + Printable.plain(size) + "' is not a huge page size: a form such as 2MB or 1GB is expected.");
      }
      Optional<Cgroup.Folder> folder = cgroup.folderOf("hugetlb");
      String ending = folder.isPresent() && folder.get().unified() ? "max" : "limit_in_bytes";
      String file = "hugetlb." + size + "." + ending;
      boolean known = folder.isPresent() && ControlFile.exists(folder.get().path().resolve(file));
      if (!known && bytes != 0 && folder.isPresent() && folder.get().unified()) {
        known = handOnHugetlb(folder.get(), file);
      }
      if (folder.isPresent() && known) {
        add(folder.get(), file, maxOr(bytes));
        String reserved = "hugetlb." + size + ".rsvd." + ending;
        if (ControlFile.exists(folder.get().path().resolve(reserved))) {
          add(folder.get(), reserved, maxOr(bytes));
        }
      } else if (bytes != 0) {
        throw CriException.precondition(
            "Huge pages of " + size + " cannot be limited for cgroup " + cgroup.path() + ": this node has no such page size or no hugetlb controller.");
      }
    }
  }

  /** On a hybrid node the version 2 parents are only told to hand hugetlb on once a pod asks for huge pages. */
  private static boolean handOnHugetlb(Cgroup.Folder folder, String file) throws IOException {
    Path parent = folder.hierarchy().mountPoint();
    for (Path part : parent.relativize(folder.path())) {
      CgroupCreation.enableControllers(parent);
      parent = parent.resolve(part);
    }
    return ControlFile.exists(folder.path().resolve(file));
  }

  private void unified(Map<String, String> unified) {
    for (Map.Entry<String, String> entry : new TreeMap<>(unified).entrySet()) {
      String key = entry.getKey();
      String shown = Printable.plain(key);
      if (!UNIFIED_KEY.matcher(key).matches()) {
        throw CriException.invalid("'" + shown + "' is not a control file that resources.unified may write.");
      }
      Path folder =
          cgroup
              .v2Folder()
              .orElseThrow(() -> CriException.precondition("resources.unified['" + shown + "'] cannot be written: this node has cgroup v1 controllers."));
      if (!ControlFile.exists(folder.resolve(key))) {
        throw CriException.invalid("resources.unified['" + shown + "'] cannot be written: " + folder + " has no such control file.");
      }
      writes.add(new Write(folder.resolve(key), entry.getValue()));
    }
  }

  private boolean accountsSwap(Path file) {
    if (ControlFile.exists(file)) {
      return true;
    }
    if (SWAP_UNACCOUNTED_SAID.compareAndSet(false, true)) {
      LOG.warn("This node does not account swap ({} is missing): limits of swap are ignored.", file.getFileName());
    }
    return false;
  }

  private Cgroup.Folder need(String controller) {
    return cgroup
        .folderOf(controller)
        .orElseThrow(
            () -> CriException.precondition("The limits of cgroup " + cgroup.path() + " cannot be set: this node has no '" + controller + "' controller."));
  }

  private void add(Cgroup.Folder folder, String name, String value) {
    writes.add(new Write(folder.path().resolve(name), value));
  }

  private static String maxOr(long value) {
    return value < 0 ? "max" : Long.toString(value);
  }

  /** True if limit {@code a} is above limit {@code b}, where a negative one is none. */
  private static boolean above(long a, long b) {
    return b >= 0 && (a < 0 || a > b);
  }
}
