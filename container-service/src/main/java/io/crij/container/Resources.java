package io.crij.container;

import io.crij.cgroups.Limits;
import io.crij.container.launch.PlanBuilder;
import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.HugepageLimit;
import io.crij.cri.LinuxContainerResources;
import io.crij.sandbox.LinuxResources;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The CRI's limits: 0, an empty text and a missing message mean "not specified". */
final class Resources {
  private static final int LONGEST_TEXT = 4096;

  /** The one limit that the CRI has no field for and every version of control groups a file. */
  private static final String PIDS_MAX = "pids.max";

  private Resources() {}

  /**
   * Refuses what no node can set.
   *
   * @throws CriException INVALID_ARGUMENT, naming the field
   */
  static void check(LinuxContainerResources asked) {
    LinuxResources.check("linux.resources", asked);
    shortText("cpuset_cpus", asked.getCpusetCpus());
    shortText("cpuset_mems", asked.getCpusetMems());
    asked.getUnifiedMap().keySet().forEach(name -> shortText("unified", name));
    PlanBuilder.oomScoreAdj(asked.getOomScoreAdj());
    long memory = asked.getMemoryLimitInBytes();
    long swap = asked.getMemorySwapLimitInBytes();
    if (memory > 0 && swap > 0 && swap < memory) {
      throw CriException.invalid(
          "linux.resources.memory_swap_limit_in_bytes: " + swap
              + " is memory and swap together and cannot be below memory_limit_in_bytes, " + memory + ".");
    }
  }

  /** What the control group has to hold. */
  static Limits limits(LinuxContainerResources asked) {
    Map<String, Long> hugepages = new LinkedHashMap<>();
    for (HugepageLimit limit : asked.getHugepageLimitsList()) {
      // kubelet names every page size of the node and 0 for those that are not asked for.
      if (limit.getLimit() != 0) {
        hugepages.put(limit.getPageSize(), limit.getLimit());
      }
    }
    Map<String, String> unified = new LinkedHashMap<>(asked.getUnifiedMap());
    String pids = unified.remove(PIDS_MAX);
    return new Limits(
        number(asked.getCpuShares()),
        number(asked.getCpuQuota()),
        number(asked.getCpuPeriod()),
        number(asked.getMemoryLimitInBytes()),
        number(asked.getMemorySwapLimitInBytes()),
        pids == null ? null : pids(pids),
        text(asked.getCpusetCpus()),
        text(asked.getCpusetMems()),
        hugepages,
        unified);
  }

  private static void shortText(String field, String value) {
    if (value.length() > LONGEST_TEXT) {
      throw CriException.invalid("linux.resources." + field + ": '" + Printable.of(value) + "' is longer than " + LONGEST_TEXT + " characters.");
    }
  }

  private static long pids(String text) {
    if (text.equals("max")) {
      return Limits.UNLIMITED;
    }
    if (!text.matches("[1-9][0-9]{0,17}")) {
      throw CriException.invalid(
          "linux.resources.unified['" + PIDS_MAX + "']: '" + Printable.of(text) + "' is neither a number above 0 nor max.");
    }
    return Long.parseLong(text);
  }

  private static @Nullable Long number(long value) {
    return value == 0 ? null : Long.valueOf(value);
  }

  private static @Nullable String text(String value) {
    return value.isEmpty() ? null : value;
  }
}
