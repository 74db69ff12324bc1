package io.crij.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was made of some files, until one of them changes. Asking costs one {@code stat} per file; the files may be missing, and their
 * appearing is a change, too. Thread-safe.
 */
public final class LiveValue<T> {
  private static final int FILE_MAX = 4 << 20;
  /** A file changed this short a time ago could change again without its time stamp telling. */
  private static final Duration UNSETTLED = Duration.ofSeconds(1);

  /** Makes the value; all files that matter to it are read or noted through {@code files}. */
  public interface Loader<T> {
    T load(Sources files) throws IOException, GeneralSecurityException;
  }

  private record Stamp(Path path, @Nullable Object key, long size, Instant modified) {
    static Stamp of(Path path) {
      try {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return new Stamp(path, now.fileKey(), now.size(), now.lastModifiedTime().toInstant());
      } catch (IOException e) {
        return new Stamp(path, null, -1, Instant.EPOCH); // what is wrong with it is told by who reads it
      }
    }
  }

  /** Notes which files were looked at. */
  public static final class Sources {
    private final List<Stamp> stamps = new ArrayList<>();
    private boolean unsettled;

    /** To be called before the file is read. */
    public Path note(Path path) {
      Stamp stamp = Stamp.of(path);
      stamps.add(stamp);
      unsettled |= stamp.size >= 0 && Duration.between(stamp.modified, Instant.now()).compareTo(UNSETTLED) < 0;
      return path;
    }

    /** The text of a file, or nothing if there is none. */
    public Optional<String> textIfPresent(Path path) throws IOException {
      try {
        return Optional.of(text(path));
      } catch (NoSuchFileException | java.nio.file.NotDirectoryException e) {
        return Optional.empty();
      }
    }

    public String text(Path path) throws IOException {
      note(path);
      if (Files.size(path) > FILE_MAX) {
        throw new IOException(path + " is larger than " + FILE_MAX + " bytes");
      }
      return Files.readString(path);
    }
  }

  private record Loaded<T>(T value, List<Stamp> stamps) {}

  private final Loader<T> loader;
  private @Nullable Loaded<T> loaded;

  public LiveValue(Loader<T> loader) {
    this.loader = loader;
  }

  /** The value as of now. A failure is not kept: the next call tries again. */
  public synchronized T get() throws IOException, GeneralSecurityException {
    Loaded<T> now = loaded;
    if (now != null && now.stamps.stream().allMatch(stamp -> stamp.equals(Stamp.of(stamp.path)))) {
      return now.value;
    }
    loaded = null;
    Sources files = new Sources();
    T value = loader.load(files);
    if (!files.unsettled) {
      loaded = new Loaded<>(value, List.copyOf(files.stamps));
    }
    return value;
  }
}
