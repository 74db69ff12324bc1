package io.crij.image;

import io.crij.core.BootId;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.core.RecordFile;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images the node has, under which names, and who holds which layers. Reads answer from an immutable snapshot and never
 * wait; changes are made under one lock, on disk before they are seen. Deleting trees happens outside the lock.
 */
final class Catalogue implements Images {
  private static final Logger log = LoggerFactory.getLogger(Catalogue.class);

  /** Usual images say some kilobytes of themselves. */
  private static final int KEPT_BYTES = 32 << 10;

  private static final Duration SPARED = Duration.ofHours(1);
  private static final Duration CONFIRM_AFTER = Duration.ofSeconds(30);

  private final Path imagesDir;
  private final Path records;
  private final LayerStore layers;
  private final UnsyncedLayers unsynced;
  private final PartialBlobs partialBlobs;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ObjectId, Set<String>> uses = new HashMap<>();
  private final Map<Object, Set<String>> holds = new HashMap<>();
  private volatile Map<String, LocalImage> images = Map.of();
  /** Ids of images of which {@link #inMemory} left a part on the disk alone. */
  private final Set<String> onDisk = ConcurrentHashMap.newKeySet();
  private volatile long usedBytes;
  private volatile long usedInodes;

  private Catalogue(Path imagesDir, LayerStore layers, UnsyncedLayers unsynced, PartialBlobs partialBlobs) {
    this.unsynced = unsynced;
    this.partialBlobs = partialBlobs;
    this.imagesDir = imagesDir;
    this.records = imagesDir.resolve("i");
    this.layers = layers;
  }

  static Catalogue open(Path imagesDir) throws IOException {
    LayerStore layers = LayerStore.open(imagesDir);
    UnsyncedLayers unsynced = UnsyncedLayers.open(imagesDir, BootId.current(), CONFIRM_AFTER);
    layers.distrust(unsynced.lost());
    Catalogue catalogue = new Catalogue(imagesDir, layers, unsynced, PartialBlobs.open(imagesDir.resolve("partial"), Clock.systemUTC()));
    Files.createDirectories(catalogue.records);
    Files.setPosixFilePermissions(catalogue.records, PosixFilePermissions.fromString("rwx------"));
    catalogue.load();
    if (unsynced.isNewBoot()) {
      // Nobody noted them: they were sealed, and the power went before an image of them was known.
      layers.distrust(catalogue.withoutImage());
      unsynced.begin();
    }
    unsynced.confirmLater();
    // What a killed daemon had fetched of an image that it did not come to commit.
    catalogue.spare(catalogue.withoutImage());
    return catalogue;
  }

  Path imagesDir() {
    return imagesDir;
  }

  PartialBlobs partialBlobs() {
    return partialBlobs;
  }

  /** Bytes of layers and of what was fetched of layers that are not complete. */
  long usedBytes() {
    return usedBytes + partialBlobs.bytes();
  }

  long usedInodes() {
    return usedInodes;
  }

  Collection<LocalImage> all() {
    return images.values();
  }

  @Override
  public Optional<LocalImage> resolve(String reference) {
    return find(images, reference).flatMap(this::whole);
  }

  LocalImage acquire(ObjectId user, String reference) {
    lock.lock();
    try {
      LocalImage image =
          resolve(reference)
              .orElseThrow(
                  () -> CriException.notFound("The image '" + Reference.printable(reference) + "' is not on this node; pull it first."));
      uses.computeIfAbsent(user, fresh -> new HashSet<>()).addAll(image.lowerNames());
      return image;
    } finally {
      lock.unlock();
    }
  }

  void adopt(ObjectId user, List<String> lowerNames) {
    lock.lock();
    try {
      uses.put(user, new HashSet<>(lowerNames));
    } finally {
      lock.unlock();
    }
  }

  void release(ObjectId user) {
    lock.lock();
    try {
      if (uses.remove(user) == null) {
        return;
      }
    } finally {
      lock.unlock();
    }
    collect();
  }

  /** Marks the layer as needed by {@code holder} until {@link #drop}; null if the node does not have it. */
  @Nullable LayerRecord hold(Object holder, String... keys) {
    lock.lock();
    try {
      for (String key : keys) {
        LayerRecord layer = layers.byKey(key);
        if (layer != null) {
          holds.computeIfAbsent(holder, h -> new HashSet<>()).add(layer.folder());
          return layer;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Marks all layers of the image as needed by {@code holder} until {@link #drop}; top layer first. */
  List<LayerRecord> holdAll(Object holder, LocalImage image) {
    lock.lock();
    try {
      List<LayerRecord> held = new ArrayList<>();
      for (String folder : image.lowerNames()) {
        LayerRecord layer = layers.byFolder(folder);
        if (layer != null) {
          holds.computeIfAbsent(holder, h -> new HashSet<>()).add(folder);
          held.add(layer);
        }
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  /** Reads all of a layer that is held. */
  LayerState check(LayerRecord layer) throws IOException {
    return layers.check(layer);
  }

  /** From now on these layers are fetched anew by whoever pulls an image that has them. */
  void renew(List<String> folders) throws IOException {
    lock.lock();
    try {
      for (String folder : folders) {
        layers.renew(folder);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Keeps for a while what the holder holds: it stopped half-way, and its like may come again. */
  void spare(Object holder) {
    lock.lock();
    try {
      spare(Set.copyOf(holds.getOrDefault(holder, Set.of())));
    } finally {
      lock.unlock();
    }
  }

  private void spare(Set<String> folders) {
    if (folders.isEmpty()) {
      return;
    }
    Object token = new Object();
    holds.put(token, new HashSet<>(folders));
    Thread.ofVirtual()
        .name("spare-layers")
        .start(
            () -> {
              try {
                Thread.sleep(SPARED);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              drop(token);
              collect();
            });
  }

  void drop(Object holder) {
    lock.lock();
    try {
      holds.remove(holder);
    } finally {
      lock.unlock();
    }
  }

  Path newScratch() throws IOException {
    return layers.newScratch();
  }

  /** Makes a finished scratch folder a layer and holds it; if another pull was faster, its layer is taken instead. */
  LayerRecord seal(Object holder, Path folder, String key, @Nullable Digest diffId, UnpackedLayer unpacked, long bytes) throws IOException {
    lock.lock();
    try {
      LayerRecord layer = hold(holder, key);
      if (layer == null) {
        layer = layers.seal(folder, key, diffId, unpacked, bytes);
        unsynced.add(layer.folder());
        holds.computeIfAbsent(holder, h -> new HashSet<>()).add(layer.folder());
        count();
      }
      return layer;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The image that this repository had under this manifest before, if it is still here: a digest names the same bytes for ever,
   * so nothing more is fetched. A tag that is new to the image is added to it.
   */
  Optional<String> present(Reference reference, Digest manifest, PullJobs.Gate gate) throws IOException {
    lock.lock();
    try {
      Optional<LocalImage> known =
          find(images, reference.withDigest(manifest)).filter(image -> image.lowerNames().stream().noneMatch(layers::isRenewed));
      if (known.isPresent() && reference.digest() == null && !known.get().repoTags().contains(reference.toString())) {
        ImageRecord record = record(known.get());
        commit(record.withNames(union(record.repoTags(), List.of(reference.toString())), record.repoDigests()), gate);
      }
      return known.map(LocalImage::id);
    } finally {
      lock.unlock();
    }
  }

  /** Adds an image, or its new names to the image that is there. A tag that another image had moves to this one. */
  LocalImage commit(ImageRecord fresh, PullJobs.Gate gate) throws IOException {
    lock.lock();
    try {
      gate.pass();
      unsynced.note(fresh.layers());
      for (LocalImage other : List.copyOf(images.values())) {
        if (!other.id().equals(fresh.id()) && other.repoTags().stream().anyMatch(fresh.repoTags()::contains)) {
          List<String> left = other.repoTags().stream().filter(tag -> !fresh.repoTags().contains(tag)).toList();
          write(record(whole(other).orElse(other)).withNames(left, other.repoDigests()));
        }
      }
      LocalImage known = Optional.ofNullable(images.get(fresh.id())).flatMap(this::whole).orElse(null);
      return write(
          known == null
              ? fresh
              : fresh.withNames(union(known.repoTags(), fresh.repoTags()), union(known.repoDigests(), fresh.repoDigests())));
    } finally {
      lock.unlock();
      unsynced.confirmLater();
    }
  }

  /** Returns when all layers are on the disk. */
  void confirm() throws IOException {
    unsynced.confirm();
  }

  /** Takes the image with all its names away; the layers that nobody needs are deleted before this returns. */
  void remove(String reference) throws IOException {
    lock.lock();
    try {
      Optional<LocalImage> image = find(images, reference);
      if (image.isEmpty()) {
        return;
      }
      RecordFile.delete(recordFile(image.get().id()), RecordFile.Durability.POWER_LOSS);
      Map<String, LocalImage> rest = new TreeMap<>(images);
      rest.remove(image.get().id());
      images = Map.copyOf(rest);
    } finally {
      lock.unlock();
    }
    collect();
  }

  /** Deletes the layers that no image, no user and no running pull refers to. */
  void collect() {
    List<Path> aside = new ArrayList<>();
    lock.lock();
    try {
      Set<String> needed = new HashSet<>();
      images.values().forEach(image -> needed.addAll(image.lowerNames()));
      uses.values().forEach(needed::addAll);
      holds.values().forEach(needed::addAll);
      for (String folder : layers.folders()) {
        if (!needed.contains(folder)) {
          try {
            aside.add(layers.retire(folder));
          } catch (IOException e) {
            log.warn("the layer {} stays on disk until the next start: {}", folder, e.getMessage());
          }
        }
      }
      count();
    } finally {
      lock.unlock();
    }
    LayerStore.delete(aside);
  }

  static Optional<LocalImage> find(Map<String, LocalImage> images, String text) {
    LocalImage byId = images.get(text.startsWith("sha256:") ? text : "sha256:" + text);
    if (byId != null) {
      return Optional.of(byId);
    }
    Optional<Reference> reference = Reference.tryParse(text);
    if (reference.isPresent()) {
      String name = reference.get().toString();
      for (LocalImage image : images.values()) {
        if (image.repoTags().contains(name) || image.repoDigests().contains(name)) {
          return Optional.of(image);
        }
      }
    }
    String prefix = text.startsWith("sha256:") ? text : "sha256:" + text;
    if (!ObjectId.isPrefix(prefix.substring("sha256:".length()))) {
      return Optional.empty();
    }
    List<LocalImage> matching = images.values().stream().filter(image -> image.id().startsWith(prefix)).toList();
    return matching.size() == 1 ? Optional.of(matching.getFirst()) : Optional.empty();
  }

  private LocalImage write(ImageRecord record) throws IOException {
    RecordFile.write(
        recordFile(record.id()), ImageRecord.FORMAT, ImageRecord.VERSION, record, RecordFile.Durability.POWER_LOSS);
    LocalImage image = local(record);
    Map<String, LocalImage> all = new TreeMap<>(images);
    all.put(image.id(), inMemory(image));
    images = Map.copyOf(all);
    return image;
  }

  /** As it is kept in memory: without what it says of its process, if that is so much that a hundred such images filled the heap. */
  private LocalImage inMemory(LocalImage image) {
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
        new byte[0]);
  }

  /** The image with all that its record says; nothing if it was removed meanwhile. */
  private Optional<LocalImage> whole(LocalImage image) {
    if (!onDisk.contains(image.id())) {
      return Optional.of(image);
    }
    try {
      return RecordFile.read(recordFile(image.id()), ImageRecord.FORMAT, ImageRecord.VERSION, ImageRecord.class).map(this::local);
    } catch (IOException e) {
      throw CriException.internal("The record of image '" + image.id() + "' cannot be read: " + e.getMessage() + ".", e);
    }
  }

  private LocalImage local(ImageRecord record) {
    long bytes = 0;
    for (String folder : new TreeSet<>(record.layers())) {
      LayerRecord layer = layers.byFolder(folder);
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
        record.group());
  }

  private static ImageRecord record(LocalImage image) {
    return new ImageRecord(
        image.id(),
        image.repoTags(),
        image.repoDigests(),
        image.lowerNames(),
        image.root(),
        image.config(),
        image.passwd(),
        image.group());
  }

  private Path recordFile(String id) {
    return records.resolve(id.substring("sha256:".length()) + ".json");
  }

  private void count() {
    usedBytes = layers.bytes();
    usedInodes = layers.inodes();
  }

  private static List<String> union(List<String> first, List<String> second) {
    Set<String> all = new TreeSet<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  private void load() throws IOException {
    Map<String, LocalImage> found = new TreeMap<>();
    for (Path file : LayerStore.children(records)) {
      if (String.valueOf(file.getFileName()).startsWith(".")) {
        Files.delete(file); // a record that a killed daemon did not finish
        continue;
      }
      try {
        ImageRecord record =
            RecordFile.read(file, ImageRecord.FORMAT, ImageRecord.VERSION, ImageRecord.class).orElseThrow();
        boolean complete = record.layers().stream().allMatch(folder -> layers.byFolder(folder) != null);
        if (complete) {
          found.put(record.id(), inMemory(local(record)));
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
    images = Map.copyOf(found);
    count();
  }

  private Set<String> withoutImage() {
    Set<String> folders = new HashSet<>(layers.folders());
    folders.removeIf(folder -> layers.byFolder(folder) == null);
    images.values().forEach(image -> image.lowerNames().forEach(folders::remove));
    return folders;
  }

  private void setAside(Path file, String why) {
    try {
      RecordFile.quarantine(file, imagesDir.resolve("quarantine"), why);
    } catch (IOException e) {
      log.warn("{} stays: it cannot be moved to quarantine: {}", file, e.getMessage());
    }
  }
}
