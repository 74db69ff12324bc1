package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void quotedCommasBelongToTheValue() {
    assertThat(Challenge.parse(List.of("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"")))
        .containsExactly(new Challenge("bearer", Map.of("realm", "https://a/t", "service", "s", "scope", "repository:x:pull,push")));
  }

  @Test
  void oneHeaderMayOfferSeveralWays() {
    assertThat(Challenge.parse(List.of("Basic realm=\"a\", Bearer realm=b , Service = \"q\\\"uote\"", "Negotiate")))
        .containsExactly(
            new Challenge("basic", Map.of("realm", "a")),
            new Challenge("bearer", Map.of("realm", "b", "service", "q\"uote")),
            new Challenge("negotiate", Map.of()));
  }

  @Test
  void garbageEndsWhatCanBeRead() {
    assertThat(Challenge.parse(List.of("", ",,,", "=x", "\"", "Bearer realm=\"never closed")))
        .containsExactly(new Challenge("bearer", Map.of("realm", "never closed")));
  }
}
