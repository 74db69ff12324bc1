package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveValueTest {
  @TempDir Path folder;

  @Test
  void filesAreReadAgainWhenTheyChangeAndOnlyThen() throws Exception {
    Path file = folder.resolve("f");
    AtomicInteger loads = new AtomicInteger();
    LiveValue<String> value =
        new LiveValue<>(
            files -> {
              loads.incrementAndGet();
              return files.textIfPresent(file).orElse("none");
            });
    assertThat(value.get()).isEqualTo("none");
    assertThat(value.get()).isEqualTo("none");
    assertThat(loads).hasValue(1);

    write(file, "one", Duration.ofHours(2));
    assertThat(value.get()).isEqualTo("one");
    assertThat(value.get()).isEqualTo("one");
    assertThat(loads).hasValue(2);

    write(file, "two", Duration.ofHours(1));
    assertThat(value.get()).isEqualTo("two");
    Files.delete(file);
    assertThat(value.get()).isEqualTo("none");
  }

  @Test
  void aFileThatJustChangedIsNotTrustedToStayTheSame() throws Exception {
    Path file = folder.resolve("f");
    write(file, "one", Duration.ofMinutes(-1));
    LiveValue<String> value = new LiveValue<>(files -> files.text(file));
    assertThat(value.get()).isEqualTo("one");
    FileTime same = Files.getLastModifiedTime(file);
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, same);
    assertThat(value.get()).isEqualTo("two");
  }

  @Test
  void failuresAreNotKept() throws Exception {
    Path file = folder.resolve("f");
    LiveValue<String> value = new LiveValue<>(files -> files.text(file));
    assertThatThrownBy(value::get).isInstanceOf(java.io.IOException.class);
    write(file, "there", Duration.ofHours(1));
    assertThat(value.get()).isEqualTo("there");
  }

  private static void write(Path file, String text, Duration age) throws java.io.IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }
}
