package io.crij.cgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsParserTest {
  @TempDir Path root;

  @Test
  void version2Cpu() {
    assertThat(StatsParser.cpuV2("usage_usec 1500\nuser_usec 1000\nnr_periods 4\nnr_throttled 3\nthrottled_usec 20\n"))
        .isEqualTo(new CpuStats(1_500_000, 4, 3, 20_000));
  }

  @Test
  void version1Cpu() {
    assertThat(StatsParser.cpuV1("123456789", "nr_periods 4\nnr_throttled 3\nthrottled_time 20000\n"))
        .isEqualTo(new CpuStats(123_456_789, 4, 3, 20_000));
  }

  @Test
  void version2MemoryLeavesOldFilePagesOutOfTheWorkingSet() {
    assertThat(
            StatsParser.memoryV2(
                "1000", "50", "anon 300\nfile 600\ninactive_file 400\nactive_file 100\npgfault 9\npgmajfault 2\n"))
        .isEqualTo(new MemoryStats(1000, 600, 300, 500, 50, 9, 2));
    assertThat(StatsParser.memoryV2("100", "", "inactive_file 400\n").workingSetBytes()).as("counters lag").isZero();
  }

  @Test
  void version1MemoryCountsGroupsBelow() {
    assertThat(
            StatsParser.memoryV1(
                "1000",
                "rss 1\ntotal_rss 300\ntotal_inactive_file 400\ntotal_active_file 100\ntotal_swap 5\ntotal_pgfault 9\ntotal_pgmajfault 2\n"))
        .isEqualTo(new MemoryStats(1000, 600, 300, 500, 5, 9, 2));
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
}
