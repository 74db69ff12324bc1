package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a power cut leaves to doubt. A cut is a note that the next boot reads. */
class UnsyncedLayersTest {
  @TempDir Path folder;

  private UnsyncedLayers boot(String id) throws IOException {
    UnsyncedLayers layers = UnsyncedLayers.open(folder, id, Duration.ofDays(1));
    if (layers.isNewBoot()) {
      layers.begin();
    }
    return layers;
  }

  @Test
  void whatAnImageStoodOnBeforeThePowerWentIsInDoubt() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add("a");
    first.add("b");
    first.note(List.of("old", "a"));

    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost()).containsExactly("a");
  }

  @Test
  void whatTheDiskConfirmedIsNotInDoubt() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add("a");
    first.note(List.of("a"));
    first.confirm();

    UnsyncedLayers second = UnsyncedLayers.open(folder, "two", Duration.ofDays(1));
    assertThat(second.lost()).isEmpty();
    assertThat(second.isNewBoot()).isTrue();
  }

  @Test
  void aKilledDaemonLosesNothing() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add("a");
    first.note(List.of("a"));

    UnsyncedLayers again = boot("one");
    assertThat(again.isNewBoot()).isFalse();
    assertThat(again.lost()).isEmpty();
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost()).containsExactly("a");
    again.confirm();
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost()).isEmpty();
  }

  @Test
  void aSecondBootAsksForNothingAgain() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add("a");
    first.note(List.of("a"));
    assertThat(boot("two").lost()).containsExactly("a");
    assertThat(boot("three").lost()).isEmpty();
  }

  @Test
  void aTornNoteIsNoReasonNotToStart() throws IOException {
    boot("one");
    Files.writeString(folder.resolve("unsynced.json"), "{");
    assertThat(boot("one").lost()).isEmpty();
  }
}
