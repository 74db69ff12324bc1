package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsTest {
  private static final long MIB = 1 << 20;

  @TempDir Path root;

  private static Limits memory(@Nullable Long memory, @Nullable Long total) {
    return new Limits(null, null, null, memory, total, null, null, null, Map.of(), Map.of());
  }

  private static Limits cpu(@Nullable Long shares, @Nullable Long quota, @Nullable Long period) {
    return new Limits(shares, quota, period, null, null, null, null, null, Map.of(), Map.of());
  }

  private static Limits unified(String key, String value) {
    return new Limits(null, null, null, null, null, null, null, null, Map.of(), Map.of(key, value));
  }

  private static Limits hugepages(String size, long bytes) {
    return new Limits(null, null, null, null, null, null, null, null, Map.of(size, bytes), Map.of());
  }

  private ScratchNode v1(long memory, long total, long usage) throws Exception {
    ScratchNode node = ScratchNode.v1(root);
    node.write(
        "memory/c",
        Map.of(
            "memory.limit_in_bytes", memory + "\n",
            "memory.memsw.limit_in_bytes", total + "\n",
            "memory.usage_in_bytes", usage + "\n",
            "memory.stat", "total_inactive_file " + 2 * MIB + "\ntotal_active_file " + MIB + "\n"));
    node.write("cpu,cpuacct/c", Map.of("cpu.shares", "1024\n", "cpu.cfs_quota_us", "-1\n", "cpu.cfs_period_us", "100000\n"));
    node.write("pids/c", Map.of("pids.max", "max\n"));
    node.write("cpuset/c", Map.of("cpuset.cpus", "0-3\n", "cpuset.mems", "0\n"));
    node.write("hugetlb/c", Map.of("hugetlb.2MB.limit_in_bytes", "0\n", "hugetlb.2MB.rsvd.limit_in_bytes", "0\n"));
    return node;
  }

  private ScratchNode v2() throws Exception {
    ScratchNode node = ScratchNode.v2(root);
    node.write(
        "c",
        Map.of(
            "memory.max", "max\n",
            "memory.swap.max", "max\n",
            "memory.current", "1000\n",
            "memory.stat", "anon 1000\n",
            "memory.high", "max\n",
            "cpu.weight", "100\n",
            "cpu.max", "50000 100000\n",
            "pids.max", "max\n",
            "cgroup.procs", ""));
    return node;
  }

  private static List<String> order(ScratchNode node, Limits limits) throws Exception {
    return LimitPlan.of(node.cgroups().open("/c"), limits).stream()
        .map(write -> write.file().getFileName() + "=" + write.value())
        .toList();
  }

  @Test
  void version1KeepsMemoryBelowTheTotalAtEachWrite() throws Exception {
    ScratchNode node = v1(100 * MIB, 200 * MIB, 0);
    assertThat(order(node, memory(300 * MIB, 400 * MIB)))
        .as("growing: the total first")
        .containsExactly("memory.memsw.limit_in_bytes=" + 400 * MIB, "memory.limit_in_bytes=" + 300 * MIB);
    assertThat(order(node, memory(50 * MIB, 60 * MIB)))
        .as("shrinking below the old memory limit: memory first")
        .containsExactly("memory.limit_in_bytes=" + 50 * MIB, "memory.memsw.limit_in_bytes=" + 60 * MIB);
    assertThat(order(node, memory(-1L, -1L)))
        .as("lifting both")
        .containsExactly("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1");
    assertThat(order(node, memory(300 * MIB, null)))
        .as("memory alone takes the total along, with as much swap as before")
        .containsExactly("memory.memsw.limit_in_bytes=" + 400 * MIB, "memory.limit_in_bytes=" + 300 * MIB);
    assertThat(order(node, memory(50 * MIB, null)))
        .containsExactly("memory.memsw.limit_in_bytes=" + 150 * MIB, "memory.limit_in_bytes=" + 50 * MIB);
    assertThat(order(node, memory(-1L, null))).containsExactly("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1");
  }

  @Test
  void version1FromNoLimitIsMemoryFirst() throws Exception {
    ScratchNode node = v1(9223372036854771712L, 9223372036854771712L, 0);
    assertThat(order(node, memory(50 * MIB, 50 * MIB)))
        .containsExactly("memory.limit_in_bytes=" + 50 * MIB, "memory.memsw.limit_in_bytes=" + 50 * MIB);
  }

  @Test
  void withoutSwapAccountingSwapIsPassedOver() throws Exception {
    ScratchNode node = v1(100 * MIB, 200 * MIB, 0);
    Files.delete(node.folder("memory/c/memory.memsw.limit_in_bytes"));
    assertThat(order(node, memory(300 * MIB, 400 * MIB))).containsExactly("memory.limit_in_bytes=" + 300 * MIB);
  }

  @Test
  void memoryInUseThatCannotBeGivenBackStopsALowerLimit() throws Exception {
    ScratchNode node = v1(100 * MIB, 200 * MIB, 23 * MIB);
    Cgroup cgroup = node.cgroups().open("/c");
    assertThatThrownBy(() -> cgroup.apply(memory(19 * MIB, null)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining(20 * MIB + " bytes are in use");
    assertThat(node.read("memory/c/memory.limit_in_bytes")).isEqualTo(100 * MIB + "\n");
    cgroup.apply(memory(21 * MIB, null));
    assertThat(node.read("memory/c/memory.limit_in_bytes")).isEqualTo(Long.toString(21 * MIB));
  }

  @Test
  void aTotalBelowMemoryIsInvalid() throws Exception {
    Cgroup cgroup = v2().cgroups().open("/c");
    assertThatThrownBy(() -> cgroup.apply(memory(10 * MIB, 9 * MIB)))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  @Test
  void version2SwapIsTheTotalLessMemory() throws Exception {
    ScratchNode node = v2();
    assertThat(order(node, memory(10 * MIB, 15 * MIB))).containsExactly("memory.max=" + 10 * MIB, "memory.swap.max=" + 5 * MIB);
    assertThat(order(node, memory(10 * MIB, -1L))).containsExactly("memory.max=" + 10 * MIB, "memory.swap.max=max");
    assertThat(order(node, memory(-1L, -1L))).containsExactly("memory.max=max", "memory.swap.max=max");
    assertThat(order(node, memory(10 * MIB, null).withoutUnaskedSwap()))
        .containsExactly("memory.max=" + 10 * MIB, "memory.swap.max=0");
  }

  @Test
  void version2CpuIsOneWrite() throws Exception {
    ScratchNode node = v2();
    assertThat(order(node, cpu(1024L, 20_000L, 40_000L))).containsExactly("cpu.weight=100", "cpu.max=20000 40000");
    assertThat(order(node, cpu(null, -1L, null))).containsExactly("cpu.max=max");
    assertThat(order(node, cpu(null, null, 200_000L))).containsExactly("cpu.max=50000 200000");
  }

  @Test
  void version1CpuNeverAsksForMoreThanBothEndsBetweenItsWrites() throws Exception {
    ScratchNode node = v1(1, 1, 0);
    assertThat(order(node, cpu(2L, 20_000L, 200_000L)))
        .containsExactly("cpu.shares=2", "cpu.cfs_period_us=200000", "cpu.cfs_quota_us=20000");
    assertThat(order(node, cpu(null, 5_000L, 50_000L))).containsExactly("cpu.cfs_quota_us=5000", "cpu.cfs_period_us=50000");
  }

  @Test
  void oneRefusalRestoresAll() throws Exception {
    ScratchNode node = v1(100 * MIB, 200 * MIB, 0);
    // A folder where a control file should be refuses every write.
    Files.delete(node.folder("pids/c/pids.max"));
    Files.createDirectory(node.folder("pids/c/pids.max"));
    Cgroup cgroup = node.cgroups().open("/c");
    Limits limits = new Limits(512L, 20_000L, 50_000L, 300 * MIB, 400 * MIB, 10L, "0-1", null, Map.of(), Map.of());
    assertThatThrownBy(() -> cgroup.apply(limits))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("pids.max")
        .hasMessageContaining("all limits are as before");
    assertThat(node.read("memory/c/memory.limit_in_bytes").strip()).isEqualTo(Long.toString(100 * MIB));
    assertThat(node.read("memory/c/memory.memsw.limit_in_bytes").strip()).isEqualTo(Long.toString(200 * MIB));
    assertThat(node.read("cpu,cpuacct/c/cpu.shares").strip()).isEqualTo("1024");
    assertThat(node.read("cpu,cpuacct/c/cpu.cfs_quota_us").strip()).isEqualTo("-1");
    assertThat(node.read("cpu,cpuacct/c/cpu.cfs_period_us").strip()).isEqualTo("100000");
    assertThat(node.read("cpuset/c/cpuset.cpus").strip()).isEqualTo("0-3");
  }

  @Test
  void whatIsAppliedIsReadBack() throws Exception {
    Cgroup cgroup = v1(100 * MIB, 200 * MIB, 0).cgroups().open("/c");
    Limits limits = new Limits(512L, 20_000L, 50_000L, 300 * MIB, 400 * MIB, 10L, "0-1", "0", Map.of("2MB", 4 * MIB), Map.of());
    cgroup.apply(limits);
    assertThat(cgroup.limits()).isEqualTo(limits);
    cgroup.apply(Limits.NONE);
    assertThat(cgroup.limits()).isEqualTo(limits);
  }

  @Test
  void hugePagesOfAnUnknownSizeAreIgnoredOnlyIfZero() throws Exception {
    ScratchNode node = v1(1, 1, 0);
    assertThat(order(node, hugepages("2MB", 2 * MIB)))
        .containsExactly("hugetlb.2MB.limit_in_bytes=" + 2 * MIB, "hugetlb.2MB.rsvd.limit_in_bytes=" + 2 * MIB);
    assertThat(order(node, hugepages("1GB", 0))).isEmpty();
    assertThatThrownBy(() -> order(node, hugepages("1GB", 1))).hasMessageContaining("1GB");
    assertThatThrownBy(() -> order(node, hugepages("../x", 0))).hasMessageContaining("not a huge page size");
  }

  @Test
  void unifiedWritesPlainControlFilesOfVersion2Only() throws Exception {
    ScratchNode node = v2();
    assertThat(order(node, unified("memory.high", "1000"))).containsExactly("memory.high=1000");
    for (String key : List.of("cgroup.procs", "../c/memory.high", "memory.none", "memory", "a/b.c")) {
      assertThatThrownBy(() -> order(node, unified(key, "1")))
          .as(key)
          .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }
  }

  @Test
  void unifiedIsRefusedOnVersion1() throws Exception {
    ScratchNode node = v1(1, 1, 0);
    assertThatThrownBy(() -> order(node, unified("memory.high", "1"))).hasMessageContaining("memory.high");
  }

  @Test
  void aListThatIsNoneIsRefused() throws Exception {
    ScratchNode node = v1(1, 1, 0);
    Limits limits = new Limits(null, null, null, null, null, null, "0-\n1", null, Map.of(), Map.of());
    assertThatThrownBy(() -> order(node, limits)).hasMessageContaining("cpuset.cpus");
  }

  @Test
  void anUpdateKeepsWhatItDoesNotNameAndReplacesTheRest() {
    Limits before = new Limits(1024L, -1L, 100_000L, 10L, 10L, null, "0", null, Map.of("2MB", 1L), Map.of());
    Limits update = new Limits(null, 50L, null, 20L, null, 5L, null, "0", Map.of("1GB", 2L), Map.of());
    assertThat(update.over(before))
        .isEqualTo(new Limits(1024L, 50L, 100_000L, 20L, 10L, 5L, "0", "0", Map.of("2MB", 1L, "1GB", 2L), Map.of()));
  }

  @Test
  void sharesAndWeightsMeetAtTheirFixedPoints() {
    assertThat(CpuWeight.ofShares(0)).isEqualTo(1);
    assertThat(CpuWeight.ofShares(2)).isEqualTo(1);
    assertThat(CpuWeight.ofShares(1024)).isEqualTo(100);
    assertThat(CpuWeight.ofShares(262_144)).isEqualTo(10_000);
    assertThat(CpuWeight.ofShares(Long.MAX_VALUE)).isEqualTo(10_000);
    long last = 0;
    for (long shares = 2; shares <= 262_144; shares += 7) {
      long weight = CpuWeight.ofShares(shares);
      assertThat(weight).isBetween(Math.max(last, 1), 10_000L);
      last = weight;
    }
    assertThat(CpuWeight.toShares(100)).isBetween(1000L, 1024L);
  }
}
