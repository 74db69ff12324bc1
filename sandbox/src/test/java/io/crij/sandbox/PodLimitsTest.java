package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerResources;
import org.junit.jupiter.api.Test;

class PodLimitsTest {
  @Test
  void whatTheKernelRefusesIsNamedBeforeItIsAsked() {
    refused("cpu_period", resources().setCpuPeriod(99));
    refused("cpu_period", resources().setCpuPeriod(4294967296L));
    refused("cpu_quota", resources().setCpuQuota(99));
    refused("cpu_quota", resources().setCpuQuota(Long.MAX_VALUE));
    assertThatCode(() -> LinuxResources.check("f", resources().setCpuQuota(-1).setCpuPeriod(100_000).build())).doesNotThrowAnyException();
  }

  @Test
  void limitsThatAddUpToMoreThanANumberHoldsAreTheLargestThereIs() {
    assertThat(
            PodLimits.together(
                    resources().setMemoryLimitInBytes(Long.MAX_VALUE).build(), resources().setMemoryLimitInBytes(4096).build()))
        .hasFieldOrPropertyWithValue("memoryBytes", Long.MAX_VALUE);
  }

  private static LinuxContainerResources.Builder resources() {
    return LinuxContainerResources.newBuilder();
  }

  private static void refused(String field, LinuxContainerResources.Builder asked) {
    assertThatThrownBy(() -> LinuxResources.check("config.linux.resources", asked.build()))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("config.linux.resources." + field);
  }
}
