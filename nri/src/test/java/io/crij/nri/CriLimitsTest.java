package io.crij.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.HugepageLimit;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.api.LinuxPids;
import io.crij.nri.api.LinuxResources;
import io.crij.nri.api.OptionalInt64;
import io.crij.nri.api.OptionalUInt64;
import org.junit.jupiter.api.Test;

class CriLimitsTest {
  private static final LinuxContainerResources ALL =
      LinuxContainerResources.newBuilder()
          .setCpuShares(512)
          .setCpuQuota(-1)
          .setCpuPeriod(100_000)
          .setMemoryLimitInBytes(1 << 26)
          .setMemorySwapLimitInBytes(1 << 27)
          .setCpusetCpus("0-1")
          .setCpusetMems("0")
          .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4))
          .putUnified("memory.high", "5")
          .putUnified("pids.max", "77")
          .build();

  @Test
  void bothWaysNothingIsLost() {
    assertThat(CriLimits.over(LinuxContainerResources.getDefaultInstance(), CriLimits.toNri(ALL), "It")).isEqualTo(ALL);
    assertThat(CriLimits.toNri(ALL).getPids().getLimit()).isEqualTo(77);
  }

  @Test
  void whatIsNotSpecifiedStaysAway() {
    LinuxResources none = CriLimits.toNri(LinuxContainerResources.getDefaultInstance());
    assertThat(none.getMemory().hasLimit()).isFalse();
    assertThat(none.getCpu().hasShares()).isFalse();
    assertThat(CriLimits.over(ALL, none, "It")).isEqualTo(ALL);
  }

  @Test
  void whatIsSetTakesOver() {
    LinuxResources.Builder asked = LinuxResources.newBuilder().setPids(LinuxPids.newBuilder().setLimit(0));
    asked.getMemoryBuilder().setLimit(OptionalInt64.newBuilder().setValue(9));
    asked.addHugepageLimits(io.crij.nri.api.HugepageLimit.newBuilder().setPageSize("2MB").setLimit(8));
    LinuxContainerResources after = CriLimits.over(ALL, asked.build(), "It");
    assertThat(after.getMemoryLimitInBytes()).isEqualTo(9);
    assertThat(after.getUnifiedMap()).containsEntry("pids.max", "max");
    assertThat(after.getHugepageLimitsList()).singleElement().satisfies(limit -> assertThat(limit.getLimit()).isEqualTo(8));
    assertThat(after.getCpuShares()).isEqualTo(512);
  }

  @Test
  void whatCannotBeSetIsRefusedByName() {
    LinuxResources.Builder asked = LinuxResources.newBuilder();
    asked.getMemoryBuilder().setSwappiness(OptionalUInt64.newBuilder().setValue(0));
    asked.getBlockioClassBuilder().setValue("slow");
    assertThatThrownBy(() -> CriLimits.over(ALL, asked.build(), "Plugin x"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNIMPLEMENTED))
        .hasMessage("Plugin x asks for resources.memory.swappiness, resources.blockio_class, which this runtime cannot set.");
  }
}
