package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void aFaultOfOursIsForTheLogAndNotForTheClient() {
    assertThat(Failures.of("Pod p could not be made", new IllegalStateException("inner")))
        .hasMessageContaining("Pod p could not be made")
        .hasMessageNotContainingAny("inner", "Exception")
        .hasRootCauseMessage("inner");
  }
}
