package io.crij.daemon.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceparentTest {
  /** The example of the specification. */
  private static final String HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @Test
  void aHeaderIsReadAndWritten() {
    Traceparent read = Traceparent.parse(HEADER).orElseThrow();
    assertThat(read).isEqualTo(new Traceparent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true));
    assertThat(read).hasToString(HEADER);
  }

  @Test
  void theLastBitSaysWhetherItIsRecorded() {
    assertThat(Traceparent.parse(HEADER.replaceAll("01$", "02")).orElseThrow().sampled()).isFalse();
    assertThat(Traceparent.parse(HEADER.replaceAll("01$", "ff")).orElseThrow().sampled()).isTrue();
  }

  @Test
  void aLaterVersionMayHaveMoreBehindIt() {
    assertThat(Traceparent.parse(HEADER.replaceFirst("00", "cc") + "-what-comes")).isPresent();
    assertThat(Traceparent.parse(HEADER + "-more")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      })
  void anythingElseIsNone(String header) {
    assertThat(Traceparent.parse(header)).isEmpty();
  }

  @Test
  void spansHaveIdsOfTheirOwn() {
    Traceparent first = Traceparent.fresh();
    Traceparent second = first.next();
    assertThat(Traceparent.parse(first.toString())).contains(first);
    assertThat(second.traceId()).isEqualTo(first.traceId());
    assertThat(second.spanId()).isNotEqualTo(first.spanId());
  }

  @Test
  void aMutatedHeaderIsNoneOrOneThatReadsTheSame() {
    Random random = new Random(20_261_121);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = HEADER.getBytes(StandardCharsets.ISO_8859_1);
      for (int change = random.nextInt(3); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      read(bytes);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void header(byte[] bytes) {
    read(bytes);
  }

  private static void read(byte[] bytes) {
    Traceparent.parse(new String(bytes, StandardCharsets.ISO_8859_1))
        .ifPresent(read -> assertThat(Traceparent.parse(read.toString())).contains(read));
  }
}
