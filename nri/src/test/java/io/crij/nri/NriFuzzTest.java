package io.crij.nri;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.crij.nri.wire.WireTargets;

/** The targets for Jazzer, which follows coverage: {@code JAZZER_FUZZ=1 ./dev test nri NriFuzzTest#trunk}. */
class NriFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void trunk(byte[] bytes) {
    WireTargets.trunk(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void answers(byte[] bytes) {
    NriTargets.answers(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void name(byte[] bytes) {
    NriTargets.name(bytes);
  }
}
