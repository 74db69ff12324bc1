package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void textOfOthersStaysOnOneLineAndIsNotEndless() {
    assertThat(Printable.of("a\nb\u001b[1m\u0085c")).isEqualTo("a?b?[1m?c");
    assertThat(Printable.of("only for linux/\u202egpj.\u2066x\u200b\u2028y")).isEqualTo("only for linux/?gpj.?x??y");
    assertThat(Printable.plain("x".repeat(200) + "\n")).isEqualTo("x".repeat(200) + "?");
    assertThat(Printable.of("größer/α 🚀")).isEqualTo("größer/α 🚀");
    assertThat(Printable.of("größer/α")).isEqualTo("größer/α");
    assertThat(Printable.of("x".repeat(120))).isEqualTo("x".repeat(120));
    assertThat(Printable.of("x".repeat(1 << 20))).isEqualTo("x".repeat(120) + "…");
    assertThat(Printable.hasControl("a\tb")).isTrue();
    assertThat(Printable.hasControl("a b")).isFalse();
  }
}
