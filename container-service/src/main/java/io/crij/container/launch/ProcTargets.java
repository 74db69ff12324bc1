package io.crij.container.launch;

import io.crij.core.Printable;
import java.util.Set;

/**
 * What of a container's /proc a mount may cover. The kernel's security settings of a process are written and read there, so whoever
 * lays a file of his own over /proc/self/attr or /proc/sys decides what a profile says. runc refuses the same (checkProcMount), but for
 * /proc itself takes any procfs, where the node's own is enough for all who need it.
 */
final class ProcTargets {
  private static final String PROC = "/proc";
  /** Files that only tell: lxcfs and the like lay others over them, so that a container sees its own share of the node. */
  private static final Set<String> TELLING =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/loadavg",
          "/proc/meminfo",
          "/proc/net/dev",
          "/proc/slabinfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/sys/crypto/fips_enabled",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/uptime");

  private ProcTargets() {}

  /**
   * Refuses a mount that would cover what the kernel says of processes.
   *
   * @param target where it goes in the container, plain
   * @param source plain path on the host, empty for an image
   * @throws io.crij.core.CriException INVALID_ARGUMENT that names the field
   */
  static void check(String field, String target, String source) {
    if (!Fields.isAtOrBelow(target, PROC) || TELLING.contains(target)) {
      return;
    }
    if (!target.equals(PROC)) {
      throw Fields.invalid(
          field, "'" + Printable.of(target) + "' is inside /proc, where the kernel's word on processes must not be covered; files that may be are " + String.join(", ", TELLING.stream().sorted().toList()));
    }
    if (!source.equals(PROC)) {
      throw Fields.invalid(field, "nothing may be mounted over /proc but the node's own /proc");
    }
  }
}
