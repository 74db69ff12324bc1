package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.ImageLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks a layer's folder: that its files and its seal are the archive whose digest the image states, and that type, mode, owner,
 * length and time of each entry are what that archive says.
 */
public final class LayerCheck {
  /** All that its seal tells of the layer is right, but it is of a release that did not write down what was copied out of layers below. */
  public static final class OldSealException extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final String WHITEOUT = ".wh.";

  private final Fd folder;
  /** What the last entry of each folder says of it. */
  private final Map<String, TarEntry> folders = new HashMap<>();

  private LayerCheck(Fd folder) {
    this.folder = folder;
  }

  /**
   * Says what is wrong with the layer; empty if it is whole. An IOException means that the disk could not be read.
   *
   * @param completed whether the layer was finished with those below it
   * @throws OldSealException if that is so, and its seal does not say with what
   */
  public static Optional<String> damage(Path seal, Fd folder, Digest diffId, boolean completed, ImageLimits limits) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (SealedArchive archive = new SealedArchive(seal, folder);
        DigestInputStream hashed = new DigestInputStream(archive, digest)) {
      Optional<String> wrong = new LayerCheck(folder).compare(new TarReader(hashed, limits));
      if (wrong.isPresent()) {
        return wrong;
      }
      hashed.transferTo(java.io.OutputStream.nullOutputStream());
      Digest actual = Digest.finish(digest);
      if (!actual.equals(diffId)) {
        return Optional.of("its files have the digest " + actual);
      }
      return completed ? compareCopies(archive) : Optional.empty();
    } catch (SealedArchive.NoCopiesException e) {
      throw new OldSealException();
    } catch (SealedArchive.DamagedException | HostileContentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** The same for a layer that is one file, whose archive is no tar but the file's content. */
  public static Optional<String> damageOfFile(Path seal, Fd folder, Digest content) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (SealedArchive archive = new SealedArchive(seal, folder);
        DigestInputStream hashed = new DigestInputStream(archive, digest)) {
      hashed.transferTo(java.io.OutputStream.nullOutputStream());
      Digest actual = Digest.finish(digest);
      return actual.equals(content) ? Optional.empty() : Optional.of("its file has the digest " + actual);
    } catch (SealedArchive.DamagedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> compareCopies(SealedArchive archive) throws IOException {
    for (SealedArchive.Copy copy = archive.nextCopy(); copy != null; copy = archive.nextCopy()) {
      if (!archive.digestOf(copy.path()).equals(copy.digest())) {
        return Optional.of("'" + Names.printable(Names.bytes(copy.path())) + "', a copy out of a layer below, has another content");
      }
    }
    return Optional.empty();
  }

  private Optional<String> compare(TarReader archive) throws IOException {
    for (TarEntry entry = archive.next(); entry != null; entry = archive.next()) {
      List<String> components = Names.components(entry.path());
      if (components.isEmpty() || components.getLast().startsWith(WHITEOUT)) {
        continue;
      }
      String path = Names.join(components);
      if (entry.type() == TarEntry.Type.FOLDER) {
        folders.put(path, entry);
        continue;
      }
      Optional<String> wrong = compare(path, entry);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    for (Map.Entry<String, TarEntry> each : folders.entrySet()) {
      Optional<String> wrong = compare(each.getKey(), each.getValue());
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  private Optional<String> compare(String path, TarEntry entry) throws IOException {
    String name = "'" + Names.printable(Names.bytes(path)) + "'";
    try (Fd parent = MergedView.openParent(folder, path)) {
      FileStat stat = Syscalls.lstatatIfPresent(parent, Names.bytes(Names.last(path)));
      if (stat == null) {
        return Optional.of(name + " is missing");
      }
      if (entry.type() == TarEntry.Type.HARD_LINK) {
        return Optional.empty(); // what it links to has an entry of its own
      }
      if (stat.type() != type(entry.type())) {
        return Optional.of(name + " is of another type");
      }
      if (stat.uid() != entry.uid() || stat.gid() != entry.gid()) {
        return Optional.of(name + " has another owner");
      }
      if (entry.type() == TarEntry.Type.SYMBOLIC_LINK) {
        return Arrays.equals(Syscalls.readlinkat(parent, Names.bytes(Names.last(path))), entry.link())
            ? Optional.empty()
            : Optional.of(name + " leads elsewhere");
      }
      if (stat.permissions() != entry.mode()) {
        return Optional.of(name + " has another mode");
      }
      if (entry.type() == TarEntry.Type.FILE && stat.size() != entry.realSize()) {
        return Optional.of(name + " has another length");
      }
      return Optional.empty();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.of("the folder of " + name + " is missing");
      }
      if (e.errno() == Errno.ELOOP || e.errno() == Errno.ENOTDIR) {
        return Optional.empty(); // its path goes through a link of the layer; its content is checked all the same
      }
      throw e;
    }
  }

  private static int type(TarEntry.Type type) {
    return switch (type) {
      case FILE, HARD_LINK -> FileStat.REGULAR;
      case SYMBOLIC_LINK -> FileStat.SYMLINK;
      case CHARACTER_DEVICE -> FileStat.CHARACTER_DEVICE;
      case BLOCK_DEVICE -> FileStat.BLOCK_DEVICE;
      case FOLDER -> FileStat.FOLDER;
      case FIFO -> FileStat.FIFO;
    };
  }
}
