package io.crij.image.trust;

import io.crij.core.RecordFile;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Signatures of the images on this node, one record for each manifest that was pulled: a container is made without the registry. */
final class SignatureStore {
  private static final String FORMAT = "crij-signatures";
  private static final int VERSION = 1;
  /** The signatures of a pull that still runs belong to no image yet. */
  private static final Duration LONGEST_PULL = Duration.ofDays(1);
  private static final String SUFFIX = ".json";

  /**
   * What is kept of one pulled manifest.
   *
   * @param instance digest of the manifest of this node's platform, which is the pulled one unless that is an index
   */
  record Stored(String instance, List<ImageSignature> signatures) {}

  private final Path folder;

  SignatureStore(Path folder) {
    this.folder = folder;
  }

  void put(Digest pulled, Stored stored) throws IOException {
    Files.createDirectories(folder);
    RecordFile.write(file(pulled), FORMAT, VERSION, stored, RecordFile.Durability.PROCESS_CRASH);
  }

  Optional<Stored> get(Digest pulled) throws IOException {
    return RecordFile.read(file(pulled), FORMAT, VERSION, Stored.class);
  }

  /** Deletes the records of all other manifests. */
  void retain(Set<Digest> pulled) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    Instant underWay = Instant.now().minus(LONGEST_PULL);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String hex = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : "";
        boolean needed = Digest.parse("sha256:" + hex).filter(pulled::contains).isPresent();
        if (!needed && Files.getLastModifiedTime(file).toInstant().isBefore(underWay)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private Path file(Digest pulled) {
    return folder.resolve(pulled.hex() + SUFFIX);
  }
}
