package io.crij.image;

import io.crij.core.CriException;
import io.crij.core.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder with one record for each image, and what of a record is kept in memory. Changes are serialised by the caller. */
final class ImageRecords {
  private static final Logger log = LoggerFactory.getLogger(ImageRecords.class);

  /** Usual images say some kilobytes of themselves. */
  private static final int KEPT_BYTES = 32 << 10;

  private final Path folder;
  private final Path quarantine;
  private final LayerStore layers;
  /** Ids of images of which {@link #inMemory} left a part on the disk alone. */
  private final Set<String> onDisk = ConcurrentHashMap.newKeySet();
  /** Ids of images whose records are older than the documents in them. */
  private final Set<String> withoutDocument = ConcurrentHashMap.newKeySet();

  private ImageRecords(Path folder, Path quarantine, LayerStore layers) {
    this.folder = folder;
    this.quarantine = quarantine;
    this.layers = layers;
  }

  static ImageRecords open(Path imagesDir, LayerStore layers) throws IOException {
    Path folder = Files.createDirectories(imagesDir.resolve("i"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return new ImageRecords(folder, imagesDir.resolve("quarantine"), layers);
  }

  /** The images that are complete, by their ids, as {@link #inMemory} leaves them; what cannot be read is set aside and logged. */
  Map<String, LocalImage> load() throws IOException {
    Map<String, LocalImage> found = new TreeMap<>();
    for (Path file : oldestFirst()) {
      if (String.valueOf(file.getFileName()).startsWith(".")) {
        continue; // a record that a killed daemon did not finish
      }
      try {
        ImageRecord record =
            RecordFile.read(file, ImageRecord.FORMAT, ImageRecord.VERSION, ImageRecord.class).orElseThrow();
        boolean complete = record.layers().stream().allMatch(layer -> layers.byFolder(layer) != null);
        if (complete) {
          takeTags(found, record.repoTags());
          found.put(record.id(), inMemory(image(record)));
        } else {
          log.warn("the image {} {} lacks a layer and is not listed; pull it again", record.id(), record.repoTags());
          Files.delete(file);
        }
      } catch (RecordFile.CorruptRecordException e) {
        log.warn("an image is not listed until it is pulled again: {}", e.getMessage());
        setAside(file, String.valueOf(e.getMessage()));
      } catch (IOException e) {
        log.warn("an image is not listed, for its record cannot be read: {}", e.getMessage());
      }
    }
    return found;
  }

  private List<Path> oldestFirst() throws IOException {
    Map<Path, FileTime> written = new HashMap<>();
    for (Path file : LayerStore.children(folder)) {
      written.put(file, Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS));
    }
    return written.entrySet().stream().sorted(Map.Entry.comparingByValue()).map(Map.Entry::getKey).toList();
  }

  /** A daemon that ended while tags moved from one image to another left them with both: they are the newer record's. */
  private static void takeTags(Map<String, LocalImage> found, List<String> tags) {
    found.replaceAll((_, image) -> image.withTags(image.repoTags().stream().filter(tag -> !tags.contains(tag)).toList()));
  }

  /** Records that were never finished. */
  List<Path> orphanFiles() throws IOException {
    return LayerStore.children(folder).stream().filter(RecordFile::isUnfinished).toList();
  }

  Path folder() {
    return folder;
  }

  /** Writes the record, so that it outlives a power loss. */
  LocalImage write(ImageRecord record) throws IOException {
    RecordFile.write(file(record.id()), ImageRecord.FORMAT, ImageRecord.VERSION, record, RecordFile.Durability.POWER_LOSS);
    return image(record);
  }

  /**
   * All that is known of an image.
   *
   * @throws java.nio.file.NoSuchFileException if it was removed meanwhile
   */
  ImageRecord read(String id) throws IOException {
    return RecordFile.read(file(id), ImageRecord.FORMAT, ImageRecord.VERSION, ImageRecord.class)
        .orElseThrow(() -> new NoSuchFileException(file(id).toString()));
  }

  /** Whether the image's record has the bytes of its configuration. */
  boolean hasDocument(String id) {
    return !withoutDocument.contains(id);
  }

  void delete(String id) throws IOException {
    RecordFile.delete(file(id), RecordFile.Durability.POWER_LOSS);
  }

  /** As it is kept in memory: without what it says of its process, if that is so much that a hundred such images filled the heap. */
  LocalImage inMemory(LocalImage image) {
    ImageConfig config = image.config();
    long weight = image.passwd().length + image.group().length + config.characters();
    if (weight <= KEPT_BYTES) {
      onDisk.remove(image.id());
      return image;
    }
    onDisk.add(image.id());
    return new LocalImage(
        image.id(),
        image.repoTags(),
        image.repoDigests(),
        image.size(),
        image.layersBase(),
        image.lowerNames(),
        image.root(),
        new ImageConfig(List.of(), List.of(), List.of(), config.user(), "", "", Set.of(), Map.of()),
        new byte[0],
        new byte[0],
        image.artifactType());
  }

  /** The image with all that its record says; nothing if it was removed meanwhile. */
  Optional<LocalImage> whole(LocalImage image) {
    if (!onDisk.contains(image.id())) {
      return Optional.of(image);
    }
    try {
      return RecordFile.read(file(image.id()), ImageRecord.FORMAT, ImageRecord.VERSION, ImageRecord.class)
          .map(record -> image(record).withTags(image.repoTags()));
    } catch (IOException e) {
      throw CriException.internal("The record of image '" + image.id() + "' cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private LocalImage image(ImageRecord record) {
    if (record.document() == null) {
      withoutDocument.add(record.id());
    } else {
      withoutDocument.remove(record.id());
    }
    long bytes = 0;
    for (String name : new TreeSet<>(record.layers())) {
      LayerRecord layer = layers.byFolder(name);
      bytes += layer == null ? 0 : layer.bytes();
    }
    return new LocalImage(
        record.id(),
        record.repoTags(),
        record.repoDigests(),
        Math.max(1, bytes),
        layers.trees(),
        record.layers(),
        record.root(),
        record.config(),
        record.passwd(),
        record.group(),
        record.artifactType() == null ? "" : record.artifactType());
  }

  private Path file(String id) {
    return folder.resolve(id.substring("sha256:".length()) + ".json");
  }

  private void setAside(Path file, String why) {
    try {
      RecordFile.quarantine(file, quarantine, why);
    } catch (IOException e) {
      log.warn("{} stays: it cannot be moved to quarantine: {}", file, e.getMessage());
    }
  }
}
