package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoTest {
  private final List<String> log = new ArrayList<>();

  @Test
  void stepsRunInReverseAndAFailingOneStopsNothing() {
    Undo undo = new Undo();
    undo.add("first", () -> log.add("first"));
    undo.add(
        "second",
        () -> {
          throw new java.io.IOException("busy");
        });
    undo.add("third", () -> log.add("third"));
    undo.close();
    assertThat(log).containsExactly("third", "first");
    assertThat(undo.failures()).extracting(Undo.Failure::what).containsExactly("second");
  }

  @Test
  void commitKeepsEverything() {
    try (Undo undo = new Undo()) {
      undo.add("first", () -> log.add("first"));
      undo.commit();
    }
    assertThat(log).isEmpty();
  }
}
