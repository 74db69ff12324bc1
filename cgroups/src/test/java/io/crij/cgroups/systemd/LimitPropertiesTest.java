package io.crij.cgroups.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.CgroupVersion;
import io.crij.cgroups.Limits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitPropertiesTest {
  @Test
  void nothingSpecifiedIsNoProperty() {
    assertThat(LimitProperties.of(Limits.NONE, CgroupVersion.V2)).isEmpty();
  }

  @Test
  void cpusAreBitsFromTheLowestUp() {
    assertThat(LimitProperties.of(cpus("0,2-3,9"), CgroupVersion.V2))
        .containsExactly(new UnitProperty.Bits("AllowedCPUs", List.of((byte) 0b1101, (byte) 2)));
    assertThat(LimitProperties.of(cpus("0,2-3,9"), CgroupVersion.V1)).as("systemd has no cpusets on version 1").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1-", "-1", "1,,2", "99999999999", "0-99999999999", "1-2-3"})
  void whatIsNoListIsLeftToTheControlFile(String list) {
    assertThat(LimitProperties.of(cpus(list), CgroupVersion.V2)).isEmpty();
  }

  @Test
  void version1KnowsOtherNames() {
    Limits limits = new Limits(512L, null, null, 1L << 30, 2L << 30, 10L, null, null, Map.of(), Map.of("memory.high", "1"));
    assertThat(LimitProperties.of(limits, CgroupVersion.HYBRID))
        .containsExactly(
            new UnitProperty.Number("MemoryLimit", 1L << 30),
            new UnitProperty.Number("CPUShares", 512),
            new UnitProperty.Number("TasksMax", 10));
  }

  @Test
  void unifiedWinsOverTheSameLimitAndUnknownTextStaysInTheFile() {
    Limits limits =
        new Limits(null, null, null, 100L, null, null, null, null, Map.of(), Map.of("memory.max", "max", "memory.low", "1G", "io.max", "8:0 rbps=1"));
    assertThat(LimitProperties.of(limits, CgroupVersion.V2)).containsExactly(new UnitProperty.Number("MemoryMax", UnitProperty.INFINITY));
  }

  @Test
  void anEndlessQuotaIsInfinity() {
    Limits limits = new Limits(null, -1L, null, null, -1L, null, null, null, Map.of(), Map.of());
    assertThat(LimitProperties.of(limits, CgroupVersion.V2))
        .containsExactly(
            new UnitProperty.Number("MemorySwapMax", UnitProperty.INFINITY), new UnitProperty.Number("CPUQuotaPerSecUSec", UnitProperty.INFINITY));
  }

  private static Limits cpus(String list) {
    return new Limits(null, null, null, null, null, null, list, null, Map.of(), Map.of());
  }
}
