package io.crij.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RecordFileTest {
  record Pod(String name, Map<String, String> labels, long createdAt) {}

  private static final Pod POD = new Pod("web", Map.of("a", "1", "ü", "\n"), 42);

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Path file = folder.resolve("pod");
    RecordFile.write(file, "crij/test", 1, POD, RecordFile.Durability.PROCESS_CRASH);
    assertThat(RecordFile.read(file, "crij/test", 1, Pod.class)).contains(POD);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aMissingRecordIsEmpty() throws Exception {
    assertThat(RecordFile.read(folder.resolve("none"), "crij/test", 1, Pod.class)).isEmpty();
  }

  @Test
  @Timeout(10)
  void aPipeInTheRecordsPlaceIsNotWaitedFor() throws Exception {
    Path pipe = folder.resolve("pod");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> RecordFile.read(pipe, "crij/test", 1, Pod.class)).isInstanceOf(IOException.class).hasMessageContaining("it is no file");
  }

  @Test
  void aCutAtAnyByteIsNoticed() throws Exception {
    Path file = folder.resolve("pod");
    RecordFile.write(file, "crij/test", 1, POD, RecordFile.Durability.PROCESS_CRASH);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length - 1; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> RecordFile.read(file, "crij/test", 1, Pod.class))
          .as("cut after %d bytes", length)
          .isInstanceOf(RecordFile.CorruptRecordException.class);
    }
  }

  @Test
  void aFlippedBitIsNoticed() throws Exception {
    Path file = folder.resolve("pod");
    RecordFile.write(file, "crij/test", 1, POD, RecordFile.Durability.PROCESS_CRASH);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 6] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> RecordFile.read(file, "crij/test", 1, Pod.class)).hasMessageContaining("checksum");
  }

  @Test
  void aNewerVersionAndAnotherFormatAreRefused() throws Exception {
    Path file = folder.resolve("pod");
    RecordFile.write(file, "crij/test", 2, POD, RecordFile.Durability.PROCESS_CRASH);
    assertThatThrownBy(() -> RecordFile.read(file, "crij/test", 1, Pod.class)).hasMessageContaining("version is 2");
    assertThatThrownBy(() -> RecordFile.read(file, "crij/other", 2, Pod.class)).hasMessageContaining("crij/other");
  }

  @Test
  void onlyPowerLossSyncs() throws Exception {
    long before = RecordFile.syncs();
    RecordFile.write(folder.resolve("a"), "crij/test", 1, POD, RecordFile.Durability.PROCESS_CRASH);
    assertThat(RecordFile.syncs()).isEqualTo(before);
    RecordFile.write(folder.resolve("a"), "crij/test", 1, POD, RecordFile.Durability.POWER_LOSS);
    assertThat(RecordFile.syncs()).isEqualTo(before + 2);
  }

  @Test
  void manyRecordsInQuarantineDoNotTakeEachOthersPlace() throws Exception {
    for (int i = 0; i < 50; i++) {
      Path own = Files.createDirectory(folder.resolve("c" + i));
      RecordFile.quarantine(Files.writeString(own.resolve("record.json"), "torn " + i), folder.resolve("quarantine"), "why");
      RecordFile.quarantine(Files.writeString(own.resolve("record.json"), "again " + i), folder.resolve("quarantine"), "why");
    }
    try (var files = Files.list(folder.resolve("quarantine"))) {
      assertThat(files.filter(file -> !file.toString().endsWith(".why")))
          .hasSize(100)
          .anyMatch(file -> String.valueOf(file.getFileName()).startsWith("c7-record.json."));
    }
  }

  @Test
  void quarantineKeepsTheBytesAndTheReason() throws Exception {
    Path file = folder.resolve("pod");
    Files.writeString(file, "garbage");
    RecordFile.quarantine(file, folder.resolve("quarantine"), "torn");
    assertThat(file).doesNotExist();
    try (var files = Files.list(folder.resolve("quarantine"))) {
      assertThat(files.map(RecordFileTest::text).sorted()).containsExactly("garbage", "torn\n");
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
