package io.crij.image;

import io.crij.core.RecordFile;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.image.content.Digest;
import io.crij.image.content.ImageLimits;
import io.crij.image.unpack.LayerCheck;
import io.crij.image.unpack.UnpackedLayer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layer folders and their records: {@code l/<folder>} is the tree, {@code layers/<folder>.json} says what it is,
 * {@code tmp/} holds what is not finished or is being deleted. A layer exists when both tree and record do. Not thread-safe:
 * {@link Catalogue} calls it under its lock, except for {@link #newScratch}, {@link #leftovers} and {@link #delete}.
 */
final class LayerStore {
  private static final Logger log = LoggerFactory.getLogger(LayerStore.class);
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int NAME_LENGTH = 6;
  private static final Pattern OWN_LAYER = Pattern.compile("[" + ALPHABET + "]{" + NAME_LENGTH + "}");
  /** Layers that are unpacked, with their seals, layers that are removed, and archives that are loaded. */
  private static final Pattern OWN_SCRATCH = Pattern.compile("w[0-9]+(\\.seal)?|d[0-9]+|load[0-9]+\\.spool");

  private final Path trees;
  private final Path records;
  private final Path seals;
  private final Path scratch;
  private final SecureRandom random = new SecureRandom();
  /** From the clock: a scratch folder of an earlier daemon may have resisted its removal and keep its name. */
  private final AtomicLong sequence = new AtomicLong(System.currentTimeMillis());
  private final Map<String, LayerRecord> byKey = new HashMap<>();
  private final Map<String, LayerRecord> byFolder = new HashMap<>();
  /** Trees without a record, which a container may stand on nevertheless; {@link #retire} takes them away. */
  private final Set<String> strays = new HashSet<>();
  /** What lies in {@code tmp/} and belongs to nobody: from before this start, or it resisted its removal. */
  private final Set<Path> leftovers = ConcurrentHashMap.newKeySet();

  private LayerStore(Path imagesDir) {
    this.trees = imagesDir.resolve("l");
    this.records = imagesDir.resolve("layers");
    this.seals = imagesDir.resolve("seals");
    this.scratch = imagesDir.resolve("tmp");
  }

  /**
   * Opens the store. What a killed daemon left half done is nothing to it, and for {@link StoreReconciler} to take away.
   *
   * @param noted records of layers whose own records a power cut may have taken; whether the layers are whole is another question
   */
  static LayerStore open(Path imagesDir, Map<String, LayerRecord> noted) throws IOException {
    LayerStore store = new LayerStore(imagesDir);
    for (Path folder : List.of(imagesDir, store.trees, store.records, store.seals, store.scratch)) {
      Files.createDirectories(folder);
      if (!folder.equals(imagesDir) && Files.isSymbolicLink(folder)) { // what lies in tmp/ is deleted: it must not be somebody else's
        throw new IOException("the folder " + folder + " is a link: move what it leads to here, or make the image folder itself a link or a mount.");
      }
      // Setuid files of images lie below: nobody but root may walk in.
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    store.load(noted);
    return store;
  }

  Path trees() {
    return trees;
  }

  Path scratch() {
    return scratch;
  }

  @Nullable LayerRecord byKey(String key) {
    return byKey.get(key);
  }

  @Nullable LayerRecord byFolder(String folder) {
    return byFolder.get(folder);
  }

  Set<String> folders() {
    Set<String> all = new HashSet<>(byFolder.keySet());
    all.addAll(strays);
    return all;
  }

  /** What the layers take with their seals and records, as it was added up when they were written. */
  DiskUse use() {
    DiskUse use = DiskUse.NONE;
    for (LayerRecord layer : byFolder.values()) {
      use = use.plus(new DiskUse(layer.bytes() + DiskUse.BLOCK, layer.inodes() + (layer.sealed() ? 2 : 1)));
    }
    return use;
  }

  /** A new empty folder in which a layer can be written; a layer's root is 0755 unless its archive says otherwise. */
  Path newScratch() throws IOException {
    Path folder = scratch.resolve("w" + sequence.incrementAndGet());
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  /** Where the seal of the layer in this scratch folder is made. */
  static Path sealBeside(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".seal");
  }

  /** The seal of a layer that has one. */
  Path sealOf(LayerRecord layer) {
    return seals.resolve(layer.folder());
  }

  /** Turns a finished scratch folder into the layer {@code key}. What fails half-way is a stray, which the next collection takes. */
  LayerRecord seal(Path folder, String key, @Nullable Digest diffId, UnpackedLayer unpacked, long bytes) throws IOException {
    String name = newName();
    try {
      long sealBytes = 0;
      if (unpacked.sealed()) {
        Path seal = sealBeside(folder);
        sealBytes = DiskUse.blocks(Files.size(seal));
        Files.move(seal, seals.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      }
      LayerRecord record =
          new LayerRecord(
              key, name, bytes + sealBytes, unpacked.inodes(), unpacked.root(), diffId == null ? null : diffId.toString(), unpacked.sealed());
      Files.move(folder, trees.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      RecordFile.write(recordFile(name), LayerRecord.FORMAT, LayerRecord.VERSION, record, RecordFile.Durability.PROCESS_CRASH);
      byKey.put(key, record);
      byFolder.put(name, record);
      return record;
    } catch (IOException e) {
      strays.add(name);
      throw e;
    }
  }

  /** Whether the layer's tree is what its archive said. Reads all of it. */
  LayerState check(LayerRecord layer) throws IOException {
    Optional<Digest> diffId = Optional.ofNullable(layer.diffId()).flatMap(Digest::parse);
    if (!layer.sealed() || diffId.isEmpty()) {
      String why = layer.key().equals(LayerRecord.chained("empty")) ? "it has no files" : "it has no seal to be checked against: its archive names one file twice";
      return new LayerState(layer.folder(), diffId.map(Digest::toString).orElse(""), LayerState.Health.UNKNOWN, why);
    }
    Optional<String> damage;
    try (Fd folder = Syscalls.openFolder(trees.resolve(layer.folder()))) {
      damage =
          layer.isFile()
              ? LayerCheck.damageOfFile(sealOf(layer), folder, diffId.get())
              : LayerCheck.damage(sealOf(layer), folder, diffId.get(), layer.isCompleted(), ImageLimits.DEFAULT);
    } catch (NoSuchFileException e) {
      damage = Optional.of("its seal is missing");
    } catch (LayerCheck.OldSealException e) {
      String why = "what its archive holds is whole, but an older release sealed it, which did not note the files that it copied out of layers below: remove the image and pull it again to have them checked";
      return new LayerState(layer.folder(), diffId.get().toString(), LayerState.Health.UNKNOWN, why);
    }
    return new LayerState(
        layer.folder(),
        diffId.get().toString(),
        damage.isPresent() ? LayerState.Health.DAMAGED : LayerState.Health.WHOLE,
        damage.orElse(""));
  }

  /** Lets the layer's archive be fetched anew: the tree stays for those who stand on it, but no other image gets it. */
  void renew(String folder) throws IOException {
    LayerRecord record = byFolder.get(folder);
    if (record != null) {
      byKey.remove(record.key(), record);
      RecordFile.delete(recordFile(folder), RecordFile.Durability.PROCESS_CRASH);
    }
  }

  /** Why the layer cannot be believed after a power cut; empty if it is whole. */
  private Optional<String> doubt(LayerRecord layer) {
    try {
      LayerState state = check(layer);
      return switch (state.health()) {
        case WHOLE -> Optional.empty();
        case DAMAGED -> Optional.of(state.what());
        case UNKNOWN -> Optional.of("it cannot be checked: " + state.what());
      };
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e.getMessage());
    }
  }

  boolean isRenewed(String folder) {
    LayerRecord record = byFolder.get(folder);
    return record != null && byKey.get(record.key()) != record;
  }

  /** Makes layers unknown that the disk does not have whole; their trees go with the next collection. */
  void distrust(Set<String> folders) throws IOException {
    for (String folder : folders) {
      LayerRecord record = byFolder.get(folder);
      Optional<String> doubt = record == null ? Optional.empty() : doubt(record);
      if (record != null && doubt.isPresent()) {
        log.warn("the layer {} may not have reached the disk before the power went, so its images are to be pulled again: {}", folder, doubt.get());
        byFolder.remove(folder);
        byKey.remove(record.key(), record);
        RecordFile.delete(recordFile(folder), RecordFile.Durability.PROCESS_CRASH);
        strays.add(folder);
      }
    }
  }

  /** Makes the layer unknown and moves its tree aside; {@link #delete} takes it from the disk. */
  Path retire(String folder) throws IOException {
    strays.remove(folder);
    LayerRecord record = byFolder.remove(folder);
    if (record != null) {
      byKey.remove(record.key(), record);
    }
    RecordFile.delete(recordFile(folder), RecordFile.Durability.PROCESS_CRASH);
    Files.deleteIfExists(seals.resolve(folder));
    Path aside = scratch.resolve("d" + sequence.incrementAndGet());
    try {
      Files.move(trees.resolve(folder), aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      log.debug("the layer {} never had a tree", folder, e);
    } catch (IOException e) {
      strays.add(folder); // for the next collection
      throw e;
    }
    return aside;
  }

  /** Takes scratch folders from the disk, with the seals beside them. What resists is a leftover. */
  void delete(Collection<Path> aside) {
    for (Path folder : aside) {
      try {
        TreeRemoval.remove(folder);
        Files.deleteIfExists(sealBeside(folder));
        leftovers.remove(folder);
      } catch (IOException e) {
        leftovers.add(folder);
        log.warn("the layer folder {} stays on disk for now: {}", folder, e.getMessage());
      }
    }
  }

  /** Files and folders in {@code tmp/} that belong to nobody; {@link #delete} takes them. */
  Set<Path> leftovers() {
    return Set.copyOf(leftovers);
  }

  /** Whether the layer has a tree and no record: a container may stand on it. */
  boolean isStray(String folder) {
    return strays.contains(folder);
  }

  /** Seals that belong to no layer, and records that were never finished. */
  List<Path> orphanFiles() throws IOException {
    List<Path> orphans = new ArrayList<>();
    for (Path seal : children(seals)) {
      String name = String.valueOf(seal.getFileName());
      if (OWN_LAYER.matcher(name).matches() && !byFolder.containsKey(name)) {
        orphans.add(seal);
      }
    }
    for (Path file : children(records)) {
      if (RecordFile.isUnfinished(file)) {
        orphans.add(file);
      }
    }
    return orphans;
  }

  private Path recordFile(String folder) {
    return records.resolve(folder + ".json");
  }

  private String newName() {
    while (true) {
      StringBuilder name = new StringBuilder();
      for (int i = 0; i < NAME_LENGTH; i++) {
        name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
      }
      if (!byFolder.containsKey(name.toString()) && Files.notExists(trees.resolve(name.toString()))) {
        return name.toString();
      }
    }
  }

  private void load(Map<String, LayerRecord> noted) throws IOException {
    restore(noted);
    for (Path path : children(scratch)) {
      if (isOwn(path, OWN_SCRATCH)) {
        leftovers.add(path);
      }
    }
    for (Path file : children(records)) {
      String name = String.valueOf(file.getFileName());
      if (!name.endsWith(".json") || name.startsWith(".")) {
        continue;
      }
      String folder = name.substring(0, name.length() - ".json".length());
      try {
        LayerRecord record =
            RecordFile.read(file, LayerRecord.FORMAT, LayerRecord.VERSION, LayerRecord.class).orElseThrow();
        if (record.folder().equals(folder) && Files.isDirectory(trees.resolve(folder))) {
          byKey.put(record.key(), record);
          byFolder.put(folder, record);
        } else {
          log.info("the record {} goes: its layer is not on the disk", file);
          Files.delete(file);
        }
      } catch (RecordFile.CorruptRecordException e) {
        log.warn("the layer {} is dropped and will be fetched again when it is needed: {}", folder, e.getMessage());
        Files.delete(file);
      } catch (IOException e) {
        log.warn("the layer {} is not used: its record cannot be read: {}", folder, e.getMessage());
      }
    }
    for (Path tree : children(trees)) {
      String folder = String.valueOf(tree.getFileName());
      if (!byFolder.containsKey(folder) && isOwn(tree, OWN_LAYER)) {
        strays.add(folder);
      }
    }
  }

  private static boolean isOwn(Path path, Pattern names) {
    boolean own = names.matcher(String.valueOf(path.getFileName())).matches();
    if (!own) {
      log.warn("{} is nothing that this daemon makes: it stays, and whoever put it there is to take it away", path);
    }
    return own;
  }

  private void restore(Map<String, LayerRecord> noted) throws IOException {
    for (LayerRecord record : noted.values()) {
      if (Files.isDirectory(trees.resolve(record.folder()))) {
        RecordFile.write(recordFile(record.folder()), LayerRecord.FORMAT, LayerRecord.VERSION, record, RecordFile.Durability.PROCESS_CRASH);
      }
    }
  }

  static List<Path> children(Path folder) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(children::add);
    }
    return children;
  }
}
