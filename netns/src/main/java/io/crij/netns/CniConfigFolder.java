package io.crij.netns;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder in which network configurations appear, often late and by the hand of a pod. Each look compares names, sizes
 * and times with those of the last look and reads again what changed: nothing to watch, nothing to miss.
 */
final class CniConfigFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CniConfigFolder.class);
  private static final long MAX_FILE_BYTES = 1 << 20;

  /** What is in the folder: a configuration, or a sentence that says why there is none. */
  record Contents(@Nullable CniConfig config, String problem) {}

  private final Path folder;
  private final ReentrantLock lock = new ReentrantLock();
  private Map<String, String> lastSeen = Map.of();
  private @Nullable Contents last;

  CniConfigFolder(Path folder) {
    this.folder = folder;
  }

  /** The first valid configuration by file name, as it is now. */
  Contents look() {
    lock.lock();
    try {
      Map<String, String> seen = fingerprints();
      Contents known = last;
      if (known == null || !seen.equals(lastSeen)) {
        known = read(seen);
        lastSeen = seen;
        last = known;
      }
      return known;
    } catch (NoSuchFileException e) {
      last = null;
      return new Contents(null, "The folder " + folder + " for network configurations does not exist.");
    } catch (IOException e) {
      last = null;
      return new Contents(null, "The folder " + folder + " for network configurations cannot be read: " + e.getMessage() + ".");
    } finally {
      lock.unlock();
    }
  }

  private Contents read(Map<String, String> seen) {
    List<String> problems = new ArrayList<>();
    for (String name : seen.keySet()) {
      Path file = folder.resolve(name);
      try {
        if (Files.size(file) > MAX_FILE_BYTES) {
          throw new CniConfig.InvalidException("it is larger than 1 MiB");
        }
        CniConfig config = CniConfig.parse(Files.readAllBytes(file));
        LOG.info("Pods use the network '{}' of {}.", config.name(), file);
        return new Contents(config, "");
      } catch (CniConfig.InvalidException e) {
        LOG.warn("{} is not used as a network configuration: {}.", file, e.getMessage());
        problems.add(name + ": " + e.getMessage());
      } catch (IOException e) {
        LOG.warn("{} cannot be read: {}.", file, e.getMessage());
        problems.add(name + ": it cannot be read");
      }
    }
    String found = problems.isEmpty() ? "no file *.conflist, *.conf or *.json" : String.join("; ", problems);
    return new Contents(null, "The folder " + folder + " holds no valid network configuration: " + found + ".");
  }

  /** Of each candidate what changes when the file is replaced or written; sorted by name. */
  private Map<String, String> fingerprints() throws IOException {
    Map<String, String> found = new TreeMap<>(Comparator.naturalOrder());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{conflist,conf,json}")) {
      for (Path file : files) {
        try {
          found.put(String.valueOf(file.getFileName()), Files.readAttributes(file, "unix:size,ino,lastModifiedTime,ctime").toString());
        } catch (NoSuchFileException e) {
          LOG.debug("{} went away, or is a link to nothing.", file);
        }
      }
    }
    return found;
  }
}
