package io.crij.image;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first bytes of blobs whose pull has not ended, as they came: a pull that follows a broken connection or a killed daemon goes
 * on behind them. Nothing in them is believed; they pass the same checks again.
 */
final class PartialBlobs {
  /** What a smaller blob would save is not worth a file. */
  private static final long WORTH_BYTES = 1 << 20;
  /** Nobody came back for it. */
  private static final Duration KEPT = Duration.ofDays(1);

  private static final Logger log = LoggerFactory.getLogger(PartialBlobs.class);

  private final Path folder;
  private final Clock clock;
  private final Set<Digest> inUse = new HashSet<>();

  private PartialBlobs(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  static PartialBlobs open(Path folder, Clock clock) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return new PartialBlobs(folder, clock);
  }

  /** The blob's files; the first is made if there is none. One pull at a time has it; another one of the same blob reads past it. */
  PartialBlob take(Descriptor blob) throws IOException {
    if (blob.size() < WORTH_BYTES) {
      return PartialBlob.none();
    }
    synchronized (inUse) {
      if (!inUse.add(blob.digest())) {
        return PartialBlob.none();
      }
    }
    try {
      Path file = folder.resolve(blob.digest().hex());
      create(file);
      return PartialBlob.of(file, files(blob), () -> release(blob.digest()));
    } catch (IOException e) {
      release(blob.digest());
      throw e;
    }
  }

  /** The files of a blob's runs by offset; one that reaches behind the blob's end is not what it says it is, and goes. */
  private Map<Long, Path> files(Descriptor blob) throws IOException {
    Map<Long, Path> files = new HashMap<>();
    for (Path file : filesOf(blob.digest())) {
      String name = String.valueOf(file.getFileName());
      String offset = name.equals(blob.digest().hex()) ? "0" : name.substring(blob.digest().hex().length() + 1);
      boolean known = offset.matches("[0-9]{1,18}") && Files.size(file) <= blob.size() - Long.parseLong(offset);
      if (known) {
        files.put(Long.parseLong(offset), file);
      } else if (offset.equals("0")) {
        Files.write(file, new byte[0]);
        files.put(0L, file);
      } else {
        Files.delete(file);
      }
    }
    return files;
  }

  private List<Path> filesOf(Digest blob) throws IOException {
    return LayerStore.children(folder).stream().filter(file -> isOf(file, blob)).toList();
  }

  private static boolean isOf(Path file, Digest blob) {
    String name = String.valueOf(file.getFileName());
    return name.equals(blob.hex()) || name.startsWith(blob.hex() + ".");
  }

  /** Makes an empty file that root alone may read; one that is there stays. */
  static void create(Path file) throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      // what an earlier pull left
    }
  }

  /** The disk is full: what is kept of these blobs would keep it so. */
  void forget(Collection<Descriptor> blobs) {
    for (Descriptor blob : blobs) {
      synchronized (inUse) {
        if (inUse.contains(blob.digest())) {
          continue;
        }
        try {
          for (Path file : filesOf(blob.digest())) {
            Files.deleteIfExists(file);
          }
        } catch (IOException e) {
          log.warn("the partial file of {} stays until it is swept away: {}", blob.digest(), e.getMessage());
        }
      }
    }
  }

  /** What no pull came back for. */
  List<Path> abandoned() throws IOException {
    Instant oldest = clock.instant().minus(KEPT);
    List<Path> abandoned = new ArrayList<>();
    for (Path file : LayerStore.children(folder)) {
      if (!isUsed(file) && Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
        abandoned.add(file);
      }
    }
    return abandoned;
  }

  /** Deletes the file unless a pull has taken it meanwhile. */
  boolean delete(Path file) throws IOException {
    synchronized (inUse) {
      return !isUsed(file) && Files.deleteIfExists(file);
    }
  }

  private boolean isUsed(Path file) {
    synchronized (inUse) {
      return inUse.stream().anyMatch(digest -> isOf(file, digest));
    }
  }

  private void release(Digest digest) {
    synchronized (inUse) {
      inUse.remove(digest);
    }
  }
}
