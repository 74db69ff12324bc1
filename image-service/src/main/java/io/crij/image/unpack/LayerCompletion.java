package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Digest;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finishes a layer that leans on those below it: folders which it implies get the metadata that the image has for them so far
 * (else {@code /tmp} would lose its 1777), and hard links to lower files get a copy of the file, as overlay's own copy-up does.
 */
public final class LayerCompletion {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final long RESOLVE =
      Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;

  private final Fd layer;
  private final MergedView below;
  /** Paths of the files that were copied from below, and the digests of what was copied. */
  private final Map<String, Digest> copies = new LinkedHashMap<>();
  private long bytes;
  private long inodes;

  private LayerCompletion(Fd layer, MergedView below) {
    this.layer = layer;
    this.below = below;
  }

  /**
   * Finishes the layer in its folder.
   *
   * @param seal of the layer if it has one; is made to say what was copied, which no archive tells
   * @return the layer with what was added to it
   */
  public static UnpackedLayer complete(Fd layer, UnpackedLayer unpacked, MergedView below, Path seal) throws IOException {
    LayerCompletion completion = new LayerCompletion(layer, below);
    for (String folder : unpacked.implied()) {
      completion.describe(folder);
    }
    for (Map.Entry<String, String> link : unpacked.borrowed().entrySet()) {
      completion.borrow(link.getKey(), link.getValue());
    }
    if (unpacked.sealed()) {
      SealWriter.addCopies(seal, completion.copies);
    }
    return unpacked.plus(completion.bytes, completion.inodes);
  }

  private void describe(String path) throws IOException {
    MergedView.Found found = below.find(path, true);
    if (found == null || !found.stat().isFolder()) {
      return;
    }
    try (Fd parent = MergedView.openParent(layer, path)) {
      copyMetadata(found, parent, Names.bytes(Names.last(path)));
    }
  }

  private void borrow(String path, String target) throws IOException {
    String name = Names.last(path);
    try (Fd parent = MergedView.openParent(layer, path)) {
      if (copyUp(target)) {
        try (Fd targetParent = MergedView.openParent(layer, target)) {
          Syscalls.linkat(targetParent, Names.bytes(Names.last(target)), parent, Names.bytes(name));
        }
      } else {
        copy(lowerFile(target), parent, name, path);
      }
    }
  }

  /** Brings the lower file {@code path} into this layer; false if this layer has another file there by now. */
  private boolean copyUp(String path) throws IOException {
    MergedView.Found file = lowerFile(path);
    makeFolders(Names.parent(path));
    try (Fd parent = MergedView.openParent(layer, path)) {
      FileStat present = Syscalls.lstatatIfPresent(parent, Names.bytes(Names.last(path)));
      if (present != null) {
        return false;
      }
      copy(file, parent, Names.last(path), path);
      return true;
    }
  }

  private void makeFolders(String path) throws IOException {
    if (path.isEmpty()) {
      return;
    }
    makeFolders(Names.parent(path));
    try (Fd parent = MergedView.openParent(layer, path)) {
      Syscalls.mkdirat(parent, Names.bytes(Names.last(path)), 0755);
      inodes++;
      bytes += LayerUnpacker.BLOCK_BYTES;
      describe(path);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private MergedView.Found lowerFile(String path) throws IOException {
    MergedView.Found found = below.find(path, false);
    if (found == null || found.stat().isFolder()) {
      throw new HostileContentException(
          "its archive has a hard link to '" + Names.printable(Names.bytes(path)) + "', which neither it nor a layer below holds");
    }
    return found;
  }

  private void copy(MergedView.Found file, Fd parent, String name, String path) throws IOException {
    byte[] raw = Names.bytes(name);
    inodes++;
    switch (file.stat().type()) {
      case FileStat.REGULAR -> copies.put(path, copyContent(file, parent, raw));
      case FileStat.SYMLINK -> {
        try (Fd from = MergedView.openParent(file.layer(), file.path())) {
          Syscalls.symlinkat(Syscalls.readlinkat(from, Names.bytes(Names.last(file.path()))), parent, raw);
        }
      }
      default ->
          Syscalls.mknodat(
              parent, raw, file.stat().type() | 0600, file.stat().deviceMajor(), file.stat().deviceMinor());
    }
    copyMetadata(file, parent, raw);
  }

  private Digest copyContent(MergedView.Found file, Fd parent, byte[] name) throws IOException {
    MessageDigest digest = Digest.sha256();
    try (Arena arena = Arena.ofConfined();
        Fd from = Syscalls.openat2(file.layer(), Names.bytes(file.path()), Open.READ | Open.NOFOLLOW, 0, RESOLVE);
        Fd to =
            Syscalls.openat2(parent, name, Open.WRITE | Open.CREATE | Open.EXCLUSIVE | Open.NOFOLLOW, 0600, RESOLVE)) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES);
      long at = 0;
      for (long count = Syscalls.pread(from, buffer, at); count > 0; count = Syscalls.pread(from, buffer, at)) {
        Syscalls.pwriteAll(to, buffer, count, at);
        digest.update(buffer.asSlice(0, count).asByteBuffer());
        at += count;
      }
      bytes += LayerUnpacker.blocks(at);
    }
    return Digest.finish(digest);
  }

  private static void copyMetadata(MergedView.Found from, Fd parent, byte[] name) throws IOException {
    FileStat stat = from.stat();
    Syscalls.lchownat(parent, name, stat.uid(), stat.gid());
    if (stat.type() != FileStat.SYMLINK) {
      Syscalls.fchmodat(parent, name, stat.permissions());
    }
    try (Fd source = MergedView.openParent(from.layer(), from.path())) {
      byte[] sourceName = Names.bytes(Names.last(from.path()));
      List<byte[]> attributes = Syscalls.llistxattrat(source, sourceName);
      for (byte[] attribute : attributes) {
        if (Names.text(attribute).startsWith("trusted.overlay.")) {
          continue; // Opacity belongs to the layer that said it.
        }
        byte[] value = Syscalls.lgetxattrat(source, sourceName, attribute);
        if (value != null) {
          Syscalls.lsetxattrat(parent, name, attribute, value);
        }
      }
    }
    Syscalls.utimensat(parent, name, stat.mtimeSeconds(), stat.mtimeNanos());
  }
}
