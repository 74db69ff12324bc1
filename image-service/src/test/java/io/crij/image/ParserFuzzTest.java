package io.crij.image;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The same targets for Jazzer, which follows coverage: {@code JAZZER_FUZZ=1 ./dev test image-service ParserFuzzTest#tar}. Without that variable
 * each method runs once on what was found before (its folder below {@code ParserFuzzTestInputs}) and on no bytes at all.
 */
class ParserFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void tar(byte[] bytes) {
    ParserTargets.tar(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void reference(byte[] bytes) {
    ParserTargets.reference(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void manifest(byte[] bytes) {
    ParserTargets.manifest(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void archive(byte[] bytes) {
    ParserTargets.archive(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void archiveIndex(byte[] bytes) {
    ParserTargets.archiveIndex(bytes);
  }
}
