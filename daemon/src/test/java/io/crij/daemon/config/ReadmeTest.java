package io.crij.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  /** The first cell of a row of the table: {@code | `key`}, {@code | `[section] key`, `key`} or {@code | `[section.key."NAME"]`}. */
  private static final Pattern SPAN = Pattern.compile("`(?:\\[([a-z]+)(?:\\.([a-z]+)[^]]*)?\\] ?)?([a-z_]*)`");

  @Test
  void everyKeyHasItsPlaceInTheTable() throws IOException {
    List<String> told = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("../README.md"))) {
      if (line.startsWith("| `")) {
        keys(line.substring(0, line.indexOf(" |", 2)), told);
      }
    }
    assertThat(told).containsAll(Setting.ALL.stream().map(Setting::key).toList());
  }

  private static void keys(String cell, List<String> told) {
    String section = "";
    for (MatchResult span : SPAN.matcher(cell).results().toList()) {
      if (span.group(1) != null) {
        section = span.group(1) + ".";
      }
      told.add(section + (span.group(2) != null ? span.group(2) : span.group(3)));
    }
  }
}
