package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

  private static LayerRecord layer(String folder) {
    return new LayerRecord("diff:" + folder, folder, 1, 1, null, null, true);
  }

  @Test
  void whatAnImageStoodOnBeforeThePowerWentIsInDoubt() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add(layer("a"));
    first.add(layer("b"));
    first.note(List.of("old", "a"));

    UnsyncedLayers second = UnsyncedLayers.open(folder, "two", Duration.ofDays(1));
    assertThat(second.lost(Set.of())).containsExactly("a");
    assertThat(second.lostRecords()).containsEntry("a", layer("a"));
  }

  @Test
  void whatTheDiskConfirmedIsNotInDoubt() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add(layer("a"));
    first.note(List.of("a"));
    first.confirm();

    UnsyncedLayers second = UnsyncedLayers.open(folder, "two", Duration.ofDays(1));
    assertThat(second.lost(Set.of())).isEmpty();
    assertThat(second.isNewBoot()).isTrue();
  }

  @Test
  void aKilledDaemonLosesNothing() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add(layer("a"));
    first.note(List.of("a"));

    UnsyncedLayers again = boot("one");
    assertThat(again.isNewBoot()).isFalse();
    assertThat(again.lost(Set.of())).isEmpty();
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).containsExactly("a");
    again.confirm();
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).isEmpty();
  }

  @Test
  void aSecondBootAsksForNothingAgain() throws IOException {
    UnsyncedLayers first = boot("one");
    first.add(layer("a"));
    first.note(List.of("a"));
    assertThat(boot("two").lost(Set.of())).containsExactly("a");
    assertThat(boot("three").lost(Set.of())).isEmpty();
  }

  @Test
  void aTornNoteIsNoReasonNotToStartAndPutsAllLayersInDoubt() throws IOException {
    boot("one");
    Files.writeString(folder.resolve("unsynced.json"), "{");
    assertThat(UnsyncedLayers.open(folder, "one", Duration.ofDays(1)).lost(Set.of("a", "b"))).containsExactlyInAnyOrder("a", "b");
    assertThat(boot("one").isNewBoot()).isTrue();
  }

  private record FirstNote(String boot, List<String> layers) {}

  @Test
  void aNoteOfTheReleaseBeforePutsOnlyItsOwnLayersInDoubt() throws IOException {
    Files.createDirectories(folder.resolve("layers"));
    RecordFile.write(folder.resolve("layers/a.json"), LayerRecord.FORMAT, LayerRecord.VERSION, layer("a"), RecordFile.Durability.PROCESS_CRASH);
    RecordFile.write(
        folder.resolve("unsynced.json"), "crij-unsynced-layers", 1, new FirstNote("one", List.of("a", "unrecorded")), RecordFile.Durability.PROCESS_CRASH);

    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of("a", "b"))).containsExactlyInAnyOrder("a", "unrecorded");
    UnsyncedLayers sameBoot = boot("one");
    assertThat(sameBoot.lost(Set.of("a", "b"))).isEmpty();
    sameBoot.add(layer("c"));
    sameBoot.note(List.of("c"));
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).as("still noted").containsExactlyInAnyOrder("a", "c");
  }

  @Test
  void aNoteOfAnotherShapeIsNoReasonNotToStart() throws IOException {
    for (Object shape : List.of(Map.of(), Map.of("boot", "one"), Map.of("boot", "one", "layers", List.of(Map.of("key", "x"))), Map.of("boot", "one", "layers", List.of(7)))) {
      RecordFile.write(folder.resolve("unsynced.json"), "crij-unsynced-layers", 2, shape, RecordFile.Durability.PROCESS_CRASH);
      assertThat(UnsyncedLayers.open(folder, "one", Duration.ofDays(1)).lost(Set.of("a"))).as("%s", shape).containsExactly("a");
    }
  }

  @Test
  void aNoteThatCouldNotBeWrittenIsWrittenByTheNextPull() throws IOException {
    UnsyncedLayers layers = boot("one");
    layers.add(layer("a"));
    Path note = folder.resolve("unsynced.json");
    Files.delete(note);
    Files.createDirectories(note.resolve("in the way"));
    assertThatThrownBy(() -> layers.note(List.of("a"))).isInstanceOf(IOException.class);
    Files.delete(note.resolve("in the way"));
    Files.delete(note);

    layers.note(List.of("a"));

    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).containsExactly("a");
  }

  @Test
  void noSyncProvesAnythingOfLayersThatWereThereWhenOneFailed() throws IOException {
    AtomicBoolean broken = new AtomicBoolean(true);
    UnsyncedLayers layers =
        UnsyncedLayers.open(
            folder,
            "one",
            Duration.ofDays(1),
            ignored -> {
              if (broken.get()) {
                throw new IOException("I/O error");
              }
            });
    layers.begin();
    layers.add(layer("a"));
    layers.note(List.of("a"));
    assertThatThrownBy(layers::confirm).hasMessage("I/O error");
    broken.set(false);
    layers.add(layer("b"));
    layers.note(List.of("a", "b"));
    layers.confirm();

    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).containsExactly("a");
  }

  @Test
  void aPullThatEndsWhileTheDiskIsAskedIsConfirmedAfterIt() throws Exception {
    Semaphore syncs = new Semaphore(0);
    Semaphore asked = new Semaphore(0);
    UnsyncedLayers layers =
        UnsyncedLayers.open(
            folder,
            "one",
            Duration.ZERO,
            ignored -> {
              asked.release();
              syncs.acquireUninterruptibly();
            });
    layers.add(layer("a"));
    layers.note(List.of("a"));
    layers.confirmLater();
    asked.acquire();
    layers.add(layer("b"));
    layers.note(List.of("b"));
    layers.confirmLater();
    syncs.release();
    assertThat(asked.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    syncs.release();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("confirm-layers")) {
        thread.join();
      }
    }
    assertThat(UnsyncedLayers.open(folder, "two", Duration.ofDays(1)).lost(Set.of())).isEmpty();
  }
}
