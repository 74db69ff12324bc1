package io.crij.image.archive;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import io.crij.image.content.Reference;
import io.crij.image.unpack.TarEntry;
import io.crij.image.unpack.TarReader;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The files in an archive of images, by their paths. The archive is a stranger's: a path that leads out of it, a file that is there
 * twice and an entry that no writer of such archives makes are refused. Links are names for files of the archive and nothing else.
 */
public final class ArchiveFiles {
  /** An image of 500 layers in Docker's old form has 2,000. */
  private static final int ENTRIES_MAX = 20_000;
  private static final int PATH_MAX = 512;
  private static final int LINKS_MAX = 8;
  private static final int BUFFER_BYTES = 64 << 10;
  /** tar(1) fills its last record, which has 10 KiB unless it was told otherwise. */
  private static final int AFTER_END_MAX = 16 << 20;

  private final Spool spool;
  private final Map<String, Spool.Part> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  private ArchiveFiles(Spool spool) {
    this.spool = spool;
  }

  /**
   * Reads an archive to its end, as it is or packed with gzip or zstd.
   *
   * @param spool takes the content of its files
   * @throws HostileContentException whose text continues "the archive is refused because"
   */
  public static ArchiveFiles read(InputStream archive, Spool spool, ImageLimits limits) throws IOException {
    ArchiveFiles files = new ArchiveFiles(spool);
    try (InputStream plain = unpacked(archive)) {
      TarReader tar = new TarReader(plain, limits);
      int entries = 0;
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        if (++entries > ENTRIES_MAX) {
          throw new HostileContentException("it has more than " + ENTRIES_MAX + " entries");
        }
        files.take(entry, tar);
      }
      // To its end, where gzip has its checksum.
      if (plain.readNBytes(AFTER_END_MAX).length == AFTER_END_MAX) {
        throw new HostileContentException("more follows its end");
      }
    } catch (ZipException e) {
      throw new HostileContentException("its gzip stream is broken: " + Reference.printable(String.valueOf(e.getMessage())));
    } catch (com.github.luben.zstd.ZstdIOException e) {
      throw new HostileContentException("its zstd stream is broken: " + Reference.printable(String.valueOf(e.getMessage())));
    } catch (EOFException e) {
      throw new HostileContentException("it is cut off");
    }
    return files;
  }

  private static InputStream unpacked(InputStream archive) throws IOException {
    BufferedInputStream in = new BufferedInputStream(archive, BUFFER_BYTES);
    in.mark(4);
    byte[] magic = in.readNBytes(4);
    in.reset();
    if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return new BufferedInputStream(new GZIPInputStream(in, BUFFER_BYTES), BUFFER_BYTES);
    }
    if (magic.length == 4 && (magic[0] & 0xff) == 0x28 && (magic[1] & 0xff) == 0xb5 && magic[2] == 0x2f && (magic[3] & 0xff) == 0xfd) {
      return new BufferedInputStream(new ZstdInputStreamNoFinalizer(in), BUFFER_BYTES);
    }
    return in;
  }

  private void take(TarEntry entry, TarReader tar) throws IOException {
    String path = normalized("", new String(entry.path(), StandardCharsets.UTF_8));
    if (entry.type() == TarEntry.Type.FOLDER) {
      return;
    }
    if (path.isEmpty() || files.containsKey(path) || links.containsKey(path)) {
      throw new HostileContentException("it has the file '" + Reference.printable(path) + "' twice, or without a name");
    }
    String target = new String(entry.link(), StandardCharsets.UTF_8);
    switch (entry.type()) {
      case FILE -> {
        if (!entry.chunks().isEmpty() || entry.realSize() != entry.size()) {
          throw new HostileContentException("its file '" + Reference.printable(path) + "' has holes");
        }
        files.put(path, spool.store(content(tar), entry.size()));
      }
      case SYMBOLIC_LINK -> links.put(path, normalized(parent(path), target));
      case HARD_LINK -> links.put(path, normalized("", target));
      default -> throw new HostileContentException("its entry '" + Reference.printable(path) + "' is neither a file nor a folder");
    }
  }

  private static InputStream content(TarReader tar) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return tar.read(into, offset, length);
      }
    };
  }

  /** The file at a path of the archive, or where the links at it lead. */
  public Optional<Spool.Part> find(String path) throws HostileContentException {
    String at = normalized("", path);
    for (int hop = 0; hop <= LINKS_MAX; hop++) {
      Spool.Part part = files.get(at);
      String target = links.get(at);
      if (part != null || target == null) {
        return Optional.ofNullable(part);
      }
      at = target;
    }
    throw new HostileContentException("its link '" + Reference.printable(path) + "' leads nowhere");
  }

  /** All bytes of a small file. */
  public byte[] bytes(Spool.Part part, int limit, String what) throws IOException {
    return spool.bytes(part, limit, what);
  }

  public InputStream open(Spool.Part part) {
    return spool.open(part);
  }

  /** A path from the archive's root, without {@code .} and {@code ..}; a slash in front means that root, too. */
  private static String normalized(String folder, String path) throws HostileContentException {
    if (path.length() > PATH_MAX || path.indexOf('\0') >= 0) {
      throw new HostileContentException("it has a path of " + path.length() + " characters, or with a NUL: '" + Reference.printable(path) + "'");
    }
    Deque<String> components = new ArrayDeque<>();
    if (!folder.isEmpty() && !path.startsWith("/")) {
      components.addAll(List.of(folder.split("/", -1)));
    }
    for (String component : path.split("/", -1)) {
      if (component.equals("..")) {
        if (components.pollLast() == null) {
          throw new HostileContentException("its path '" + Reference.printable(path) + "' leads out of it");
        }
      } else if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    return String.join("/", components);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }
}
