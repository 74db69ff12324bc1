package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerResources;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class ResourcesTest {
  private static void refused(String field, UnaryOperator<LinuxContainerResources.Builder> change) {
    assertThatThrownBy(() -> Resources.check(change.apply(LinuxContainerResources.newBuilder()).build()))
        .hasMessageContaining("linux.resources." + field)
        .isInstanceOfSatisfying(
            CriException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
              assertThat(e.getMessage()).hasSizeLessThan(400);
            });
  }

  @Test
  void whatNoKernelTakesIsRefusedByItsField() {
    refused("cpu_period", r -> r.setCpuPeriod(999));
    refused("cpu_period", r -> r.setCpuPeriod(1_000_001));
    refused("cpu_quota", r -> r.setCpuQuota(999));
    refused("cpu_quota", r -> r.setCpuQuota(-2));
    refused("cpu_quota", r -> r.setCpuQuota(1L << 44));
    refused("cpuset_cpus", r -> r.setCpusetCpus("1,".repeat(1 << 20)));
    refused("unified", r -> r.putUnified("m".repeat(1 << 20), ""));
  }

  @Test
  void zeroMeansNotSpecifiedAndOneLessNoLimit() {
    LinuxContainerResources.Builder given = LinuxContainerResources.newBuilder().setCpuPeriod(1_000).setCpuQuota(-1);
    assertThatCode(() -> Resources.check(given.build())).doesNotThrowAnyException();
    assertThatCode(() -> Resources.check(LinuxContainerResources.getDefaultInstance())).doesNotThrowAnyException();
  }
}
