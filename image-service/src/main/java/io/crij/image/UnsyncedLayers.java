package io.crij.image;

import io.crij.core.RecordFile;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers that the disk may not have yet. A pull does not wait for the disk: an image is answered when its record is safe, and that
 * its new layers are not is noted before, with the id of this boot. One syncfs in the background takes the note away. A note of
 * another boot means that the power went before: what it names is not to be believed. Thread-safe.
 */
final class UnsyncedLayers {
  private static final Logger log = LoggerFactory.getLogger(UnsyncedLayers.class);
  private static final String FORMAT = "crij-unsynced-layers";
  private static final int VERSION = 1;

  private record Note(String boot, List<String> layers) {}

  private final Path imagesDir;
  private final Path file;
  private final String boot;
  private final Duration delay;
  private final boolean newBoot;
  private final Set<String> lost;
  private final Set<String> noted = new TreeSet<>();
  private final Set<String> fresh = new HashSet<>();
  private @Nullable Thread confirmer;

  private UnsyncedLayers(Path imagesDir, String boot, Duration delay, boolean newBoot, Set<String> lost) {
    this.imagesDir = imagesDir;
    this.file = imagesDir.resolve("unsynced.json");
    this.boot = boot;
    this.delay = delay;
    this.newBoot = newBoot;
    this.lost = lost;
  }

  /**
   * Reads the note.
   *
   * @param boot id of this boot
   * @param delay how long after a pull the disk is asked to be done: its own writeback does most of it until then
   */
  static UnsyncedLayers open(Path imagesDir, String boot, Duration delay) throws IOException {
    Optional<Note> note = Optional.empty();
    try {
      note = RecordFile.read(imagesDir.resolve("unsynced.json"), FORMAT, VERSION, Note.class);
    } catch (RecordFile.CorruptRecordException e) {
      log.warn("which layers the disk may lack is not known: {}", e.getMessage());
    }
    List<String> noted = note.map(Note::layers).orElse(List.of());
    boolean sameBoot = note.isPresent() && note.get().boot().equals(boot);
    UnsyncedLayers layers = new UnsyncedLayers(imagesDir, boot, delay, !sameBoot, sameBoot ? Set.of() : Set.copyOf(noted));
    if (sameBoot) {
      layers.noted.addAll(noted);
    }
    return layers;
  }

  /** Layers of which the disk may hold less than their records say, since the power went. */
  Set<String> lost() {
    return lost;
  }

  /** Whether the kernel was started since the note was written. */
  boolean isNewBoot() {
    return newBoot;
  }

  /** What an earlier boot left behind is settled: the note is this boot's from now on. */
  void begin() throws IOException {
    write();
  }

  /** A layer was just written. */
  synchronized void add(String layer) {
    fresh.add(layer);
  }

  /** An image of these layers is about to be known: notes which of them are not safe. Waits for the disk if there are some. */
  synchronized void note(Collection<String> layers) throws IOException {
    boolean changed = false;
    for (String layer : layers) {
      if (fresh.contains(layer)) {
        changed |= noted.add(layer);
      }
    }
    if (changed) {
      write();
    }
  }

  /** Begins to make safe what is not, later and beside all else. */
  synchronized void confirmLater() {
    if (confirmer == null && !(noted.isEmpty() && fresh.isEmpty())) {
      confirmer = Thread.ofPlatform().daemon().name("confirm-layers").start(this::confirmAfterDelay);
    }
  }

  /** Returns when the disk has all layers. */
  void confirm() throws IOException {
    Set<String> safe;
    synchronized (this) {
      safe = new HashSet<>(fresh);
      safe.addAll(noted);
    }
    if (safe.isEmpty()) {
      return;
    }
    try (Fd folder = Syscalls.openFolder(imagesDir)) {
      Syscalls.syncfs(folder); // holds no lock: on a busy disk it takes minutes
    }
    synchronized (this) {
      fresh.removeAll(safe);
      if (noted.removeAll(safe)) {
        write();
      }
    }
  }

  private void confirmAfterDelay() {
    try {
      Thread.sleep(delay);
      confirm();
    } catch (IOException e) {
      log.warn("the disk did not take the layers of the latest pulls: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      confirmer = null;
    }
  }

  private synchronized void write() throws IOException {
    if (Files.isDirectory(imagesDir)) {
      RecordFile.write(file, FORMAT, VERSION, new Note(boot, List.copyOf(noted)), RecordFile.Durability.POWER_LOSS);
    }
  }
}
