package io.crij.container.hooks;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Files of hooks.d for Jazzer, which follows coverage: {@code JAZZER_FUZZ=1 ./dev test container-service HookFileFuzzTest}. */
class HookFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void file(byte[] bytes) {
    HookFileTarget.read(bytes);
  }
}
