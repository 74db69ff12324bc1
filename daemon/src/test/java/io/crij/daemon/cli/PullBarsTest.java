package io.crij.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullBarsTest {
  private static JsonNode pull() throws IOException {
    return Json.OWN.readTree(
        """
        {"image": "registry.example/app:1", "started": "2026-01-01T00:00:00Z", "layers": [
          {"digest": "sha256:0123456789abcdef", "size": 3000000, "received": 3000000, "bytesPerSecond": 0, "step": "DONE"},
          {"digest": "sha256:fedcba9876543210", "size": 3000000, "received": 1000000, "bytesPerSecond": 250000, "step": "FETCHING"},
          {"digest": "sha256:aaaaaaaaaaaaaaaa", "size": 0, "received": 0, "bytesPerSecond": 0, "step": "WAITING"}]}""");
  }

  @Test
  void eachLayerHasALine() throws IOException {
    assertThat(PullBars.lines(pull()))
        .containsExactly(
            "0123456789ab [##############################] done, 3.0 MB",
            "fedcba987654 [##########....................] 1.0 MB of 3.0 MB, 250.0 kB/s",
            "aaaaaaaaaaaa [..............................] waits");
  }

  @Test
  void aPullHasOneLine() throws IOException {
    assertThat(PullBars.summary(pull()))
        .isEqualTo("registry.example/app:1  [####################..........] 4.0 MB of 6.0 MB, 1 of 3 layers, 250.0 kB/s");
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.0 kB", "1500000, 1.5 MB", "2000000000, 2.0 GB", "5000000000000, 5000.0 GB"})
  void bytesAreSaidInTheUnitThatFits(long bytes, String words) {
    assertThat(PullBars.bytes(bytes)).isEqualTo(words);
  }
}
