package io.crij.image;

import io.crij.core.BootId;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.nio.file.Path;
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

  private static final Duration SPARED = Duration.ofHours(1);
  private static final Duration CONFIRM_AFTER = Duration.ofSeconds(30);

  private final Path imagesDir;
  private final ImageRecords records;
  private final LayerStore layers;
  private final UnsyncedLayers unsynced;
  private final PartialBlobs partialBlobs;
  private final ReentrantLock lock = new ReentrantLock();
  private final LayerNeeds needs = new LayerNeeds();
  private volatile Map<String, LocalImage> images = Map.of();
  private final Clock clock;
  private volatile DiskUse layerUse = DiskUse.NONE;

  private Catalogue(
      Path imagesDir, ImageRecords records, LayerStore layers, UnsyncedLayers unsynced, PartialBlobs partialBlobs, Clock clock) {
    this.clock = clock;
    this.imagesDir = imagesDir;
    this.records = records;
    this.layers = layers;
    this.unsynced = unsynced;
    this.partialBlobs = partialBlobs;
  }

  static Catalogue open(Path imagesDir, Clock clock) throws IOException {
    UnsyncedLayers unsynced = UnsyncedLayers.open(imagesDir, BootId.current(), CONFIRM_AFTER);
    LayerStore layers = LayerStore.open(imagesDir, unsynced.lostRecords());
    layers.distrust(unsynced.lost(layers.folders()));
    PartialBlobs partialBlobs = PartialBlobs.open(imagesDir.resolve("partial"), clock);
    Catalogue catalogue = new Catalogue(imagesDir, ImageRecords.open(imagesDir, layers), layers, unsynced, partialBlobs, clock);
    catalogue.images = Map.copyOf(catalogue.records.load());
    catalogue.layerUse = layers.use();
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

  /**
   * What images take on disk: layers with their seals and records by what was added up when they were written, and the files in the few
   * small folders. What a pull has unpacked of a layer counts when the layer is complete.
   */
  DiskUse use() {
    DiskUse use = layerUse;
    for (String folder : List.of("l", "layers", "seals")) {
      use = use.plus(DiskUse.ofFolder(imagesDir.resolve(folder)));
    }
    for (String folder : List.of("", "i", "partial", "quarantine", "signatures", "tmp")) {
      use = use.plus(DiskUse.ofFiles(imagesDir.resolve(folder)));
    }
    return use;
  }

  Collection<LocalImage> all() {
    return images.values();
  }

  @Override
  public Optional<LocalImage> resolve(String reference) {
    return ImageLookup.find(images, reference).flatMap(records::whole);
  }

  LocalImage acquire(ObjectId user, String reference) {
    lock.lock();
    try {
      LocalImage image =
          resolve(reference)
              .orElseThrow(
                  () -> CriException.notFound("The image '" + Reference.printable(reference) + "' is not on this node; pull it first."));
      needs.use(user, image.lowerNames());
      return image;
    } finally {
      lock.unlock();
    }
  }

  void adopt(ObjectId user, List<String> lowerNames) {
    lock.lock();
    try {
      needs.useOnly(user, lowerNames);
    } finally {
      lock.unlock();
    }
  }

  void release(ObjectId user) {
    lock.lock();
    try {
      if (!needs.release(user)) {
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
          needs.hold(holder, Set.of(layer.folder()));
          return layer;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Marks all layers of the image as needed by {@code holder} until {@link #drop}; top layer first.
   *
   * @throws CriException NOT_FOUND if the image was removed since it was looked up
   */
  List<LayerRecord> holdAll(Object holder, LocalImage image) {
    lock.lock();
    try {
      if (!images.containsKey(image.id())) {
        throw CriException.notFound("The image '" + image.id() + "' was removed meanwhile; pull it again.");
      }
      List<LayerRecord> held = new ArrayList<>();
      for (String folder : image.lowerNames()) {
        LayerRecord layer = layers.byFolder(folder);
        if (layer != null) {
          needs.hold(holder, Set.of(folder));
          held.add(layer);
        }
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  /** The seal of a layer that is held. */
  Path sealOf(LayerRecord layer) {
    return layers.sealOf(layer);
  }

  /** The tree of a layer that is held. */
  Path treeOf(LayerRecord layer) {
    return layers.trees().resolve(layer.folder());
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
      spare(needs.heldBy(holder));
    } finally {
      lock.unlock();
    }
  }

  private void spare(Set<String> folders) {
    needs.spare(folders, clock.instant().plus(SPARED));
  }

  void drop(Object holder) {
    lock.lock();
    try {
      needs.drop(holder);
    } finally {
      lock.unlock();
    }
  }

  /** Where files and folders may lie that are nothing yet; a start clears it. */
  Path scratchDir() {
    return layers.scratch();
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
        unsynced.add(layer);
        needs.hold(holder, Set.of(layer.folder()));
        layerUse = layers.use();
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
          ImageLookup.find(images, reference.withDigest(manifest)).filter(this::needsNothing);
      if (known.isPresent() && reference.digest() == null && !known.get().repoTags().contains(reference.toString())) {
        commit(records.read(known.get().id()).withNames(List.of(reference.toString()), known.get().repoDigests()), gate);
      }
      return known.map(LocalImage::id);
    } finally {
      lock.unlock();
    }
  }

  private boolean needsNothing(LocalImage image) {
    return records.hasDocument(image.id()) && image.lowerNames().stream().noneMatch(layers::isRenewed);
  }

  /** All that the node has written down of an image. */
  ImageRecord record(LocalImage image) throws IOException {
    return records.read(image.id());
  }

  /** Adds an image, or its new names to the image that is there. A tag that another image had moves to this one. */
  LocalImage commit(ImageRecord fresh, PullJobs.Gate gate) throws IOException {
    lock.lock();
    try {
      gate.pass();
      unsynced.note(fresh.layers());
      needs.settle(fresh.layers());
      LocalImage known = images.get(fresh.id());
      LocalImage written =
          write(
              known == null
                  ? fresh
                  : fresh.withNames(union(known.repoTags(), fresh.repoTags()), union(known.repoDigests(), fresh.repoDigests())));
      // Only now: a failure between the two must leave the tag with two images, of which the newer record counts, and not with none.
      for (LocalImage other : List.copyOf(images.values())) {
        if (!other.id().equals(fresh.id()) && other.repoTags().stream().anyMatch(fresh.repoTags()::contains)) {
          loseTags(other, fresh.repoTags());
        }
      }
      return written;
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
      Optional<LocalImage> image = ImageLookup.find(images, reference);
      if (image.isEmpty()) {
        return;
      }
      records.delete(image.get().id());
      needs.settle(image.get().lowerNames());
      Map<String, LocalImage> rest = new TreeMap<>(images);
      rest.remove(image.get().id());
      images = Map.copyOf(rest);
    } finally {
      lock.unlock();
    }
    collect();
  }

  /**
   * Deletes the layers that no image, no user and no running pull refers to.
   *
   * @return their folders
   */
  Set<String> collect() {
    Map<String, Path> aside = new HashMap<>();
    lock.lock();
    try {
      for (String folder : unneeded()) {
        try {
          aside.put(folder, layers.retire(folder));
          unsynced.forget(folder);
        } catch (IOException e) {
          log.warn("the layer {} stays on disk for now: {}", folder, e.getMessage());
        }
      }
      layerUse = layers.use();
    } finally {
      lock.unlock();
    }
    discard(aside.values());
    return aside.keySet();
  }

  private Set<String> unneeded() {
    needs.expire(clock.instant());
    Set<String> unneeded = layers.folders();
    unneeded.removeAll(needs.all());
    images.values().forEach(image -> image.lowerNames().forEach(unneeded::remove));
    return unneeded;
  }

  /** Deletes scratch folders, with the seals beside them. */
  void discard(Collection<Path> scratches) {
    layers.delete(scratches);
  }

  /** What lies on the disk and is needed by nobody. Reads the names in some folders; looks into no tree. */
  List<StoreOrphan> orphans() throws IOException {
    lock.lock(); // no record and no layer is half written by this daemon
    try {
      return StoreOrphan.search(unneeded(), layers, records, unsynced, partialBlobs);
    } finally {
      lock.unlock();
    }
  }

  private void loseTags(LocalImage image, List<String> tags) {
    LocalImage rest = image.withTags(image.repoTags().stream().filter(tag -> !tags.contains(tag)).toList());
    publish(rest);
    try {
      records.write(records.read(rest.id()).withNames(rest.repoTags(), rest.repoDigests()));
    } catch (IOException e) {
      log.warn("the record of the image {} has tags that moved to another image until it is written again: {}", rest.id(), e.getMessage());
    }
  }

  private LocalImage write(ImageRecord record) throws IOException {
    LocalImage image = records.write(record);
    publish(records.inMemory(image));
    return image;
  }

  private void publish(LocalImage image) {
    Map<String, LocalImage> all = new TreeMap<>(images);
    all.put(image.id(), image);
    images = Map.copyOf(all);
  }

  private static List<String> union(List<String> first, List<String> second) {
    Set<String> all = new TreeSet<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  private Set<String> withoutImage() {
    Set<String> folders = new HashSet<>(layers.folders());
    folders.removeIf(folder -> layers.byFolder(folder) == null);
    images.values().forEach(image -> image.lowerNames().forEach(folders::remove));
    return folders;
  }
}
