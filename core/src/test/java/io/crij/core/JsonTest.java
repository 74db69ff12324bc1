package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void aDocumentOfStrangersMayNotBecomeAHundredTimesItsSizeInMemory() throws JsonProcessingException {
    String many = "[" + "{},".repeat(200_000) + "{}]";
    assertThatThrownBy(() -> Json.FOREIGN.readTree(many)).isInstanceOf(JsonProcessingException.class).hasMessageContaining("Token count");
    assertThat(Json.OWN.readTree(many)).hasSize(200_001);
  }

  @Test
  void anIndexAsLargeAsOneMayBeIsRead() throws JsonProcessingException {
    String entry = "{\"mediaType\":\"m\",\"digest\":\"d\",\"size\":1,\"platform\":{\"architecture\":\"a\",\"os\":\"linux\",\"variant\":\"v\"}},";
    assertThat(Json.FOREIGN.readTree("[" + entry.repeat(9_999) + "{}]")).hasSize(10_000);
  }
}
