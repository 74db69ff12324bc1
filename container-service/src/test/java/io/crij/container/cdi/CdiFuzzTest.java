package io.crij.container.cdi;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** CDI files for Jazzer, which follows coverage: {@code JAZZER_FUZZ=1 ./dev test container-service CdiFuzzTest}. */
class CdiFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void yaml(byte[] bytes) {
    CdiTarget.read(bytes, false);
  }

  @FuzzTest(maxDuration = "60s")
  void json(byte[] bytes) {
    CdiTarget.read(bytes, true);
  }
}
