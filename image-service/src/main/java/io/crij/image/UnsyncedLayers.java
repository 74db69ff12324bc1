package io.crij.image;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.core.RecordFile;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers that the disk may not have yet. A pull does not wait for the disk: an image is answered when its record is safe, and that
 * its new layers are not is noted before, with the id of this boot. One syncfs in the background takes the note away. A note of
 * another boot means that the power went before: what it names is not to be believed. Thread-safe.
 *
 * <p>A kernel that could not write says so once, and keeps the pages as if they were written: no later sync proves anything of layers
 * that were there when one failed. They stay noted, and are read when the next boot begins.
 */
final class UnsyncedLayers {
  private static final Logger log = LoggerFactory.getLogger(UnsyncedLayers.class);
  private static final String FORMAT = "crij-unsynced-layers";
  private static final int VERSION = 2;

  private record Note(String boot, List<LayerRecord> layers) {}

  /** @param layers records of the layers; the first version had their folders' names alone */
  private record AnyNote(@Nullable String boot, @Nullable List<JsonNode> layers) {}

  /** Asks the disk to keep all of a file system. */
  interface Disk {
    void sync(Path folder) throws IOException;
  }

  private final Path imagesDir;
  private final Path file;
  private final String boot;
  private final Duration delay;
  private final Disk disk;
  private final boolean newBoot;
  private final boolean readable;
  private final Set<String> lost;
  private final Map<String, LayerRecord> lostRecords;
  private final Map<String, LayerRecord> noted = new TreeMap<>();
  private final Map<String, LayerRecord> fresh = new HashMap<>();
  /** They were there when a sync failed. */
  private final Map<String, LayerRecord> doubtful = new HashMap<>();
  /** Whether the file says what {@link #noted} does, or more. */
  private boolean written = true;
  private @Nullable Thread confirmer;

  private UnsyncedLayers(Path imagesDir, String boot, Duration delay, Disk disk, boolean newBoot, boolean readable, Set<String> lost, Map<String, LayerRecord> lostRecords) {
    this.imagesDir = imagesDir;
    this.file = imagesDir.resolve("unsynced.json");
    this.boot = boot;
    this.delay = delay;
    this.disk = disk;
    this.newBoot = newBoot;
    this.readable = readable;
    this.lost = lost;
    this.lostRecords = lostRecords;
  }

  /**
   * Reads the note.
   *
   * @param boot id of this boot
   * @param delay how long after a pull the disk is asked to be done: its own writeback does most of it until then
   */
  static UnsyncedLayers open(Path imagesDir, String boot, Duration delay) throws IOException {
    return open(imagesDir, boot, delay, UnsyncedLayers::syncFileSystem);
  }

  static UnsyncedLayers open(Path imagesDir, String boot, Duration delay, Disk disk) throws IOException {
    Set<String> named = new HashSet<>();
    Map<String, LayerRecord> noted = new TreeMap<>();
    Optional<String> noteBoot = Optional.empty();
    try {
      Optional<AnyNote> note = RecordFile.read(imagesDir.resolve("unsynced.json"), FORMAT, VERSION, AnyNote.class);
      if (note.isPresent()) {
        noteBoot = Optional.of(read(imagesDir, note.get(), named, noted));
      }
    } catch (IOException | IllegalArgumentException e) {
      log.warn("which layers the disk may lack is not known, so all are read: {}", e.getMessage());
    }
    boolean sameBoot = noteBoot.equals(Optional.of(boot));
    UnsyncedLayers layers =
        new UnsyncedLayers(
            imagesDir, boot, delay, disk, !sameBoot, noteBoot.isPresent(), sameBoot ? Set.of() : Set.copyOf(named), sameBoot ? Map.of() : Map.copyOf(noted));
    if (sameBoot) {
      layers.noted.putAll(noted);
    }
    return layers;
  }

  /** Fills in what a note of this release or the one before says; returns its boot. */
  private static String read(Path imagesDir, AnyNote note, Set<String> named, Map<String, LayerRecord> noted) throws IOException {
    if (note.boot() == null || note.layers() == null) {
      throw new IOException("the note names no boot, or no layers");
    }
    for (JsonNode layer : note.layers()) {
      Optional<LayerRecord> record;
      if (layer.isTextual()) {
        record = ofFirstVersion(imagesDir, layer.asText());
        named.add(layer.asText());
      } else {
        if (!layer.path("folder").isTextual()) {
          throw new IOException("the note has a layer without a folder");
        }
        record = Optional.of(Json.OWN.convertValue(layer, LayerRecord.class));
      }
      if (record.isPresent()) {
        noted.put(record.get().folder(), record.get());
      }
    }
    named.addAll(noted.keySet());
    return note.boot();
  }

  private static Optional<LayerRecord> ofFirstVersion(Path imagesDir, String folder) {
    try {
      return RecordFile.read(imagesDir.resolve("layers").resolve(folder + ".json"), LayerRecord.FORMAT, LayerRecord.VERSION, LayerRecord.class);
    } catch (IOException e) {
      log.debug("the layer {} is noted and has no record", folder, e);
      return Optional.empty();
    }
  }

  /**
   * Layers of which the disk may hold less than their records say, since the power went.
   *
   * @param known all layers that have records: each of them is in doubt without a note or is gone
   */
  Set<String> lost(Set<String> known) {
    return readable ? lost : Set.copyOf(known);
  }

  /** The records of those layers by their folders: their own files are no safer than what they tell of. */
  Map<String, LayerRecord> lostRecords() {
    return lostRecords;
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
  synchronized void add(LayerRecord layer) {
    fresh.put(layer.folder(), layer);
  }

  /** An image of these layers is about to be known: notes which of them are not safe. Waits for the disk if there are some. */
  synchronized void note(Collection<String> layers) throws IOException {
    for (String layer : layers) {
      LayerRecord unsafe = fresh.getOrDefault(layer, doubtful.get(layer));
      if (unsafe != null) {
        written &= noted.put(layer, unsafe) != null;
      }
    }
    if (!written) {
      write();
    }
  }

  /** A layer has gone. */
  synchronized void forget(String layer) {
    fresh.remove(layer);
    doubtful.remove(layer);
    noted.remove(layer); // the file may say it for longer: nobody reads what is not there
  }

  /** Begins to make safe what is not, later and beside all else. */
  synchronized void confirmLater() {
    if (confirmer == null && !unsafe().isEmpty()) {
      confirmer = Thread.ofPlatform().daemon().name("confirm-layers").start(this::confirmAfterDelay);
    }
  }

  /** Returns when the disk has all layers. */
  void confirm() throws IOException {
    Set<String> safe = unsafe();
    if (safe.isEmpty()) {
      return;
    }
    try {
      disk.sync(imagesDir); // holds no lock: on a busy disk it takes minutes
    } catch (IOException e) {
      doubt(safe);
      throw e;
    }
    synchronized (this) {
      fresh.keySet().removeAll(safe);
      if (noted.keySet().removeAll(safe)) {
        write();
      }
    }
  }

  private synchronized Set<String> unsafe() {
    Set<String> unsafe = new HashSet<>(fresh.keySet());
    unsafe.addAll(noted.keySet());
    unsafe.removeAll(doubtful.keySet());
    return unsafe;
  }

  private synchronized void doubt(Set<String> layers) {
    for (String layer : layers) {
      LayerRecord record = fresh.getOrDefault(layer, noted.get(layer));
      if (record != null) {
        doubtful.put(layer, record);
      }
      fresh.remove(layer);
    }
  }

  private static void syncFileSystem(Path folder) throws IOException {
    try (Fd opened = Syscalls.openFolder(folder)) {
      Syscalls.syncfs(opened);
    }
  }

  private void confirmAfterDelay() {
    try {
      Thread.sleep(delay);
      confirm();
    } catch (IOException e) {
      log.warn("the disk did not take the layers of the latest pulls; they are read when the node has been started again: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      confirmer = null;
    }
    confirmLater(); // for a pull that ended meanwhile
  }

  /** Notes that were never finished. */
  synchronized List<Path> orphanFiles() throws IOException {
    return LayerStore.children(imagesDir).stream().filter(path -> RecordFile.isUnfinished(path) && String.valueOf(path.getFileName()).startsWith("." + file.getFileName())).toList();
  }

  private synchronized void write() throws IOException {
    if (Files.isDirectory(imagesDir)) {
      written = false;
      RecordFile.write(file, FORMAT, VERSION, new Note(boot, List.copyOf(noted.values())), RecordFile.Durability.POWER_LOSS);
      written = true;
    }
  }
}
