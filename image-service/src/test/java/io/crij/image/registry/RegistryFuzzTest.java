package io.crij.image.registry;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.crij.image.http.HttpParserTargets;
import io.crij.image.trust.TrustParserTargets;

/** The targets of {@link RegistryMutationTest} for Jazzer: {@code JAZZER_FUZZ=1 ./dev test image-service RegistryFuzzTest#policy}. */
class RegistryFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void challenge(byte[] bytes) {
    RegistryParserTargets.challenge(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void retryAfter(byte[] bytes) {
    RegistryParserTargets.retryAfter(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void contentRange(byte[] bytes) {
    RegistryParserTargets.contentRange(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void hostsToml(byte[] bytes) {
    RegistryParserTargets.hostsToml(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void registriesConf(byte[] bytes) {
    RegistryParserTargets.registriesConf(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void authFile(byte[] bytes) {
    RegistryParserTargets.authFile(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void shortName(byte[] bytes) {
    RegistryParserTargets.shortName(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void policy(byte[] bytes) {
    TrustParserTargets.policy(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void payload(byte[] bytes) {
    TrustParserTargets.payload(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void answers(byte[] bytes) {
    HttpParserTargets.answers(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void http2(byte[] bytes) {
    HttpParserTargets.http2(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void keys(byte[] bytes) {
    HttpParserTargets.keys(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void proxies(byte[] bytes) {
    HttpParserTargets.proxies(bytes);
  }
}
