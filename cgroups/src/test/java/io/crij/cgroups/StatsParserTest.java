package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsParserTest {
  @TempDir Path root;

  @Test
  void version2Cpu() {
    assertThat(StatsParser.cpuV2("usage_usec 1500\nuser_usec 1000\nnr_periods 4\nnr_throttled 3\nthrottled_usec 20\n"))
        .isEqualTo(new CpuStats(1_500_000, 1_000_000, 0, 4, 3, 20_000));
  }

  @Test
  void version1Cpu() {
    assertThat(StatsParser.cpuV1("123456789", "user 7\nsystem 5\n", "nr_periods 4\nnr_throttled 3\nthrottled_time 20000\n"))
        .isEqualTo(new CpuStats(123_456_789, 70_000_000, 50_000_000, 4, 3, 20_000));
  }

  @Test
  void version2MemoryLeavesOldFilePagesOutOfTheWorkingSet() {
    assertThat(
            StatsParser.memoryV2(
                "1000", "50", "anon 300\nfile 600\nfile_mapped 20\ninactive_file 400\nactive_file 100\npgfault 9\npgmajfault 2\n"))
        .isEqualTo(new MemoryStats(1000, 600, 300, 600, 20, 500, 50, 9, 2, 9, 2));
    assertThat(StatsParser.memoryV2("100", "", "inactive_file 400\n").workingSetBytes()).as("counters lag").isZero();
  }

  @Test
  void version1MemoryCountsGroupsBelow() {
    assertThat(
            StatsParser.memoryV1(
                "1000",
                "rss 1\npgfault 4\npgmajfault 1\ntotal_rss 300\ntotal_cache 600\ntotal_mapped_file 20\ntotal_inactive_file 400\ntotal_active_file 100\ntotal_swap 5\ntotal_pgfault 9\ntotal_pgmajfault 2\n"))
        .isEqualTo(new MemoryStats(1000, 600, 300, 600, 20, 500, 5, 9, 2, 4, 1));
  }

  @Test
  void limitsOfBothVersions() {
    assertThat(StatsParser.limit("max")).isEqualTo(Limits.UNLIMITED);
    assertThat(StatsParser.limit("-1")).isEqualTo(Limits.UNLIMITED);
    assertThat(StatsParser.limit("9223372036854771712")).isEqualTo(Limits.UNLIMITED);
    assertThat(StatsParser.limit("18446744073709551615")).isEqualTo(Limits.UNLIMITED);
    assertThat(StatsParser.limit("4096")).isEqualTo(4096);
  }

  @Test
  void linesOfOtherFormsArePassedOver() {
    assertThat(StatsParser.flat("a 1\nsome avg10=0.00 total=5\n\nb\nc x\nd 18446744073709551615\n"))
        .isEqualTo(Map.of("a", 1L, "d", Long.MAX_VALUE));
  }

  @Test
  void oomKillsAreReadInBothVersionsAndEmptyWhenTheGroupIsGone() throws Exception {
    ScratchNode v2 = ScratchNode.v2(root.resolve("v2"));
    v2.write("c", Map.of("memory.events", "low 0\noom 3\noom_kill 2\noom_group_kill 1\n"));
    assertThat(v2.cgroups().open("/c").oomKills()).hasValue(2);
    ScratchNode v1 = ScratchNode.v1(root.resolve("v1"));
    v1.write("memory/c", Map.of("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"));
    assertThat(v1.cgroups().open("/c").oomKills()).hasValue(4);
    assertThat(v1.cgroups().open("/none").oomKills()).isEmpty();
  }

  @Test
  void ioOfBothVersions() {
    IoStats expected =
        new IoStats(List.of(new IoStats.Device(253, 0, 5, 7, 4096, 8192), new IoStats.Device(8, 16, 0, 1, 0, 512)));
    assertThat(
            StatsParser.ioV2(
                "253:0 rbytes=4096 wbytes=8192 rios=5 wios=7 dbytes=0 dios=0\n8:16 rbytes=0 wbytes=512 rios=0 wios=1 cost.usage=x\nnone\n"))
        .isEqualTo(expected);
    assertThat(
            StatsParser.ioV1(
                "253:0 Read 4096\n253:0 Write 8192\n253:0 Total 12288\n8:16 Read 0\n8:16 Write 512\nTotal 12800\n",
                "253:0 Read 5\n253:0 Write 7\n8:16 Write 1\nTotal 13\n"))
        .isEqualTo(expected);
    assertThat(StatsParser.ioV1("Total 0\n", "").devices()).isEmpty();
  }

  @Test
  void pressureInMicrosecondsBecomesNanoseconds() {
    assertThat(
            StatsParser.pressure(
                "some avg10=1.50 avg60=0.25 avg300=0.00 total=16605479\nfull avg10=0.00 avg60=0.00 avg300=0.01 total=11997129\n"))
        .isEqualTo(
            new Pressure(
                new Pressure.Share(1.5, 0.25, 0, 16_605_479_000L), new Pressure.Share(0, 0, 0.01, 11_997_129_000L)));
    assertThat(StatsParser.pressure("some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n"))
        .isEqualTo(new Pressure(new Pressure.Share(1, 0, 0, 1000), null));
    assertThat(StatsParser.pressure("")).isNull();
    assertThat(StatsParser.pressure("some avg10=x avg60=0.00 avg300=0.00 total=1\n")).isNull();
  }

  @Test
  void memoryHistoryHugepagesAndPressureOfVersion2() throws Exception {
    ScratchNode node = ScratchNode.v2(root);
    node.write(
        "c",
        Map.of(
            "memory.events", "low 0\nmax 7\noom 1\noom_kill 2\n",
            "memory.stat", "anon 1\nkernel 4096\n",
            "memory.peak", "9000\n",
            "hugetlb.2MB.current", "4194304\n",
            "hugetlb.2MB.rsvd.current", "1\n",
            "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4\n",
            "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"));
    Cgroup cgroup = node.cgroups().open("/c");
    assertThat(cgroup.memoryMarks())
        .isEqualTo(new MemoryMarks(OptionalLong.of(9000), OptionalLong.of(7), OptionalLong.of(4096), OptionalLong.of(2)));
    assertThat(cgroup.hugepages()).containsExactly(new HugepageUse("2MB", 4_194_304, OptionalLong.empty()));
    assertThat(cgroup.ioStats()).contains(new IoStats(List.of(new IoStats.Device(8, 0, 3, 4, 1, 2))));
    assertThat(cgroup.pressure(Pressure.Resource.CPU)).isPresent();
    assertThat(cgroup.pressure(Pressure.Resource.IO)).as("no such file on this kernel").isEmpty();
  }

  @Test
  void memoryHistoryAndHugepagesOfVersion1() throws Exception {
    ScratchNode node = ScratchNode.v1(root);
    node.write(
        "memory/c",
        Map.of(
            "memory.max_usage_in_bytes", "9000\n", "memory.failcnt", "7\n", "memory.kmem.usage_in_bytes", "4096\n",
            "memory.oom_control", "oom_kill_disable 0\noom_kill 2\n"));
    node.write("hugetlb/c", Map.of("hugetlb.1GB.usage_in_bytes", "0\n", "hugetlb.1GB.max_usage_in_bytes", "1073741824\n"));
    Cgroup cgroup = node.cgroups().open("/c");
    assertThat(cgroup.memoryMarks())
        .isEqualTo(new MemoryMarks(OptionalLong.of(9000), OptionalLong.of(7), OptionalLong.of(4096), OptionalLong.of(2)));
    assertThat(cgroup.hugepages()).containsExactly(new HugepageUse("1GB", 0, OptionalLong.of(1_073_741_824)));
    assertThat(cgroup.ioStats()).as("no blkio on this node").isEmpty();
    assertThat(cgroup.pressure(Pressure.Resource.CPU)).as("no version 2 tree on this node").isEmpty();
  }
}
