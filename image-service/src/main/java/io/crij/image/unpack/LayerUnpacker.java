package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileCalls;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.FolderMode;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a layer's archive into its folder in the form that overlayfs stacks: {@code .wh.name} becomes a 0/0 character device,
 * {@code .wh..wh..opq} the opaque attribute (OCI image spec, "Image Layer Filesystem Changeset"). Where one layer holds a
 * whiteout and an entry of one name, the entry wins and a folder becomes opaque.
 *
 * <p>Blocks the thread in system calls: run it on a platform thread.
 */
final class LayerUnpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String WHITEOUT_OPAQUE = ".wh..wh..opq";
  static final int BLOCK_BYTES = 4096;
  private static final int UMASK = umask();
  private static final int SETGID = 02000;

  private record Time(long seconds, int nanos) {}

  private final TarReader archive;
  private final LayerTree tree;
  private final NameMemory.Layer names;
  private final SealWriter seal;
  private final FileCalls calls;
  private final FileBatches files;
  private final Map<String, Time> folderTimes = new LinkedHashMap<>();
  private final Map<String, String> borrowed = new LinkedHashMap<>();
  private final List<String> whiteouts = new ArrayList<>();
  private @Nullable FolderMode root;
  private long bytes = BLOCK_BYTES;
  // Whether a new file already has the owner 0:0, and the mode it was made with: a folder can hand down its group and an ACL.
  private boolean plainOwner = true;
  private boolean plainMode = true;

  private LayerUnpacker(TarReader archive, LayerTree tree, NameMemory.Layer names, SealWriter seal, FileCalls calls, FileBatches files) {
    this.archive = archive;
    this.tree = tree;
    this.names = names;
    this.seal = seal;
    this.calls = calls;
    this.files = files;
  }

  /**
   * Unpacks the whole archive below {@code folder}, which must be empty.
   *
   * @throws HostileContentException if the archive is malformed, breaks a limit or points out of the layer
   */
  static UnpackedLayer unpack(TarReader archive, Fd folder, ChunkPool pool, NameMemory.Layer names, SealWriter seal) throws IOException {
    try (LayerTree tree = new LayerTree(folder, names);
        FileCalls calls = new FileCalls();
        FileBatches files = new FileBatches(calls, pool)) {
      LayerUnpacker unpacker = new LayerUnpacker(archive, tree, names, seal, calls, files);
      FileStat stat = Syscalls.lstatat(folder, new byte[0]);
      unpacker.noteOwner(stat.permissions(), stat.uid(), stat.gid());
      archive.sealTo(seal);
      unpacker.run();
      archive.drain(); // What follows the end mark is no file, but it is part of the digest.
      if (tree.tookAway()) {
        seal.forget();
      } else {
        seal.finish();
      }
      List<String> implied = tree.implied().stream().filter(tree::continuesLowerFolder).toList();
      return new UnpackedLayer(
          unpacker.bytes, tree.inodes(), unpacker.root, implied, Map.copyOf(unpacker.borrowed), !tree.tookAway());
    }
  }

  private void run() throws IOException {
    for (TarEntry entry = archive.next(); entry != null; entry = archive.next()) {
      try {
        write(entry);
      } catch (SyscallException e) {
        throw explain(e, entry);
      }
    }
    files.finish();
    dropNeedlessWhiteouts();
    for (Map.Entry<String, Time> folder : folderTimes.entrySet()) {
      setFolderTime(folder.getKey(), folder.getValue());
    }
  }

  private void write(TarEntry entry) throws IOException {
    List<String> components = Names.components(entry.path());
    if (components.isEmpty()) {
      writeRoot(entry);
      return;
    }
    String name = components.getLast();
    LayerTree.Folder parent = tree.folder(components.subList(0, components.size() - 1));
    if (name.startsWith(WHITEOUT)) {
      writeWhiteout(parent, name);
      return;
    }
    String path = Names.child(parent.path(), name);
    switch (entry.type()) {
      case FOLDER -> writeFolder(entry, parent, name, path);
      case FILE -> writeFile(entry, parent, name);
      case HARD_LINK -> writeHardLink(entry, parent, name, path);
      case SYMBOLIC_LINK -> {
        replace(parent, name);
        tree.countInode();
        Syscalls.symlinkat(entry.link(), parent.fd(), Names.bytes(name));
        if (!plainOwner || entry.uid() != 0 || entry.gid() != 0) {
          Syscalls.lchownat(parent.fd(), Names.bytes(name), entry.uid(), entry.gid());
        }
        finish(entry, parent, name);
      }
      case CHARACTER_DEVICE -> writeNode(entry, parent, name, FileStat.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> writeNode(entry, parent, name, FileStat.BLOCK_DEVICE);
      case FIFO -> writeNode(entry, parent, name, FileStat.FIFO);
    }
  }

  private void writeRoot(TarEntry entry) throws IOException {
    if (entry.type() != TarEntry.Type.FOLDER) {
      throw new HostileContentException("its archive has an entry for '/' that is no folder");
    }
    root = new FolderMode(entry.mode(), entry.uid(), entry.gid());
    noteOwner(entry.mode(), entry.uid(), entry.gid());
    noteDefaults(entry.attributes());
    LayerTree.Folder top = tree.folder(List.of());
    byte[] self = Names.bytes(".");
    Syscalls.lchownat(top.fd(), self, entry.uid(), entry.gid());
    Syscalls.fchmodat(top.fd(), self, entry.mode());
    setAttributes(entry, top, ".");
    folderTimes.put("", new Time(entry.mtimeSeconds(), entry.mtimeNanos()));
  }

  private void writeFolder(TarEntry entry, LayerTree.Folder parent, String name, String path) throws IOException {
    borrowed.remove(path);
    tree.makeFolder(parent, name);
    tree.implied().remove(path);
    bytes += BLOCK_BYTES;
    noteOwner(entry.mode(), entry.uid(), entry.gid());
    noteDefaults(entry.attributes());
    byte[] raw = Names.bytes(name);
    Syscalls.lchownat(parent.fd(), raw, entry.uid(), entry.gid());
    Syscalls.fchmodat(parent.fd(), raw, entry.mode());
    setAttributes(entry, parent, name);
    if (folderTimes.put(path, new Time(entry.mtimeSeconds(), entry.mtimeNanos())) == null) {
      names.take(path);
    }
  }

  private void writeFile(TarEntry entry, LayerTree.Folder parent, String name) throws IOException {
    noteDefaults(entry.attributes());
    borrowed.remove(Names.child(parent.path(), name));
    tree.countInode();
    Fd file = create(parent, name, entry.mode() & 0777);
    FileAttributes attributes =
        new FileAttributes(
            entry.uid(),
            entry.gid(),
            !plainOwner || entry.uid() != 0 || entry.gid() != 0,
            entry.mode(),
            !plainMode || (entry.mode() & (07000 | UMASK)) != 0,
            wanted(entry.attributes()),
            entry.mtimeSeconds(),
            entry.mtimeNanos());
    List<TarEntry.Chunk> content = entry.chunks().isEmpty() ? List.of(new TarEntry.Chunk(0, entry.size())) : entry.chunks();
    if (entry.size() > 0) {
      seal.content(Names.child(parent.path(), name), content);
    }
    if (entry.chunks().isEmpty() && entry.size() <= FileBatch.CONTENT_MAX) {
      bytes += blocks(entry.size());
      files.add(file, entry, archive, attributes);
      return;
    }
    try (file) {
      writeContent(entry, content, file);
      attributes.apply(calls, file);
    }
  }

  private Fd create(LayerTree.Folder parent, String name, int mode) throws IOException {
    try {
      return calls.create(parent.fd(), Names.bytes(name), mode);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      tree.clear(parent, name);
      return calls.create(parent.fd(), Names.bytes(name), mode);
    }
  }

  private void writeContent(TarEntry entry, List<TarEntry.Chunk> chunks, Fd file) throws IOException {
    long end = 0;
    for (TarEntry.Chunk chunk : chunks) {
      long at = chunk.offset();
      long left = chunk.length();
      while (left > 0) {
        MemorySegment run = archive.run(left);
        if (run == null) {
          throw new HostileContentException("an archive entry is shorter than it says");
        }
        calls.writeAll(file, run, at);
        at += run.byteSize();
        left -= run.byteSize();
      }
      bytes += blocks(chunk.length());
      end = chunk.length() > 0 ? at : end; // A hole at the end is a chunk of no length: nothing was written there.
    }
    if (entry.realSize() != end) {
      Syscalls.ftruncate(file, entry.realSize());
    }
  }

  static long blocks(long length) {
    return (length + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
  }

  private void writeHardLink(TarEntry entry, LayerTree.Folder parent, String name, String path) throws IOException {
    List<String> target = Names.components(entry.link());
    if (target.isEmpty()) {
      throw new HostileContentException("its archive has a hard link to '/'");
    }
    String targetName = target.getLast();
    LayerTree.Folder from = tree.existing(target.subList(0, target.size() - 1));
    try {
      String targetPath = from == null ? Names.join(target) : Names.child(from.path(), targetName);
      if (targetPath.equals(path)) {
        throw new HostileContentException("its archive has a hard link to itself: '" + Names.printable(entry.path()) + "'");
      }
      FileStat stat = from == null ? null : Syscalls.lstatatIfPresent(from.fd(), Names.bytes(targetName));
      if (stat != null && (stat.isFolder() || stat.isWhiteout())) {
        throw new HostileContentException(
            "its archive has a hard link to '" + Names.printable(entry.link()) + "', which is no file");
      }
      replace(parent, name);
      if (from == null || stat == null) {
        if (borrowed.put(path, targetPath) == null) {
          names.keep(path);
        }
        names.keep(targetPath);
      } else {
        Syscalls.linkat(from.fd(), Names.bytes(targetName), parent.fd(), Names.bytes(name));
      }
    } finally {
      if (from != null) {
        from.fd().close();
      }
    }
  }

  private void writeNode(TarEntry entry, LayerTree.Folder parent, String name, int type) throws IOException {
    replace(parent, name);
    tree.countInode();
    byte[] raw = Names.bytes(name);
    Syscalls.mknodat(parent.fd(), raw, type | 0600, entry.deviceMajor(), entry.deviceMinor());
    Syscalls.lchownat(parent.fd(), raw, entry.uid(), entry.gid());
    Syscalls.fchmodat(parent.fd(), raw, entry.mode());
    finish(entry, parent, name);
  }

  private void writeWhiteout(LayerTree.Folder parent, String name) throws IOException {
    if (name.equals(WHITEOUT_OPAQUE)) {
      tree.makeOpaque(parent);
      return;
    }
    if (name.startsWith(WHITEOUT_META)) {
      return; // AUFS kept its own files under such names; they are no part of the image.
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new HostileContentException("its archive has the whiteout '" + name + "', which names no file");
    }
    FileStat stat = Syscalls.lstatatIfPresent(parent.fd(), Names.bytes(hidden));
    if (stat == null) {
      Syscalls.mknodat(parent.fd(), Names.bytes(hidden), FileStat.CHARACTER_DEVICE, 0, 0);
      tree.countInode();
      String path = Names.child(parent.path(), hidden);
      names.take(path);
      whiteouts.add(path);
    } else if (stat.isFolder()) {
      tree.makeOpaque(parent, hidden);
    }
  }

  /**
   * A whiteout below an opaque folder hides nothing, and overlayfs lists it as a broken name there: it reads such a folder
   * directly, without merging.
   */
  private void dropNeedlessWhiteouts() throws IOException {
    for (String path : whiteouts) {
      if (!tree.isBelowOpaque(Names.parent(path))) {
        continue;
      }
      try (Fd folder = MergedView.openParent(tree.root(), path)) {
        FileStat stat = Syscalls.lstatatIfPresent(folder, Names.bytes(Names.last(path)));
        if (stat != null && stat.isWhiteout()) {
          Syscalls.unlinkat(folder, Names.bytes(Names.last(path)));
        }
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
          throw e;
        }
      }
    }
  }

  private void setFolderTime(String path, Time time) throws IOException {
    try (Fd folder = MergedView.openParent(tree.root(), path)) {
      byte[] name = Names.bytes(path.isEmpty() ? "." : Names.last(path));
      Syscalls.utimensat(folder, name, time.seconds, time.nanos);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
        throw e; // The others mean that a later entry took the folder away.
      }
    }
  }

  private void replace(LayerTree.Folder parent, String name) throws IOException {
    borrowed.remove(Names.child(parent.path(), name));
    tree.clear(parent, name);
  }

  private void finish(TarEntry entry, LayerTree.Folder parent, String name) throws IOException {
    setAttributes(entry, parent, name);
    Syscalls.utimensat(parent.fd(), Names.bytes(name), entry.mtimeSeconds(), entry.mtimeNanos());
  }

  private static void setAttributes(TarEntry entry, LayerTree.Folder parent, String name) throws IOException {
    for (Map.Entry<String, byte[]> attribute : wanted(entry.attributes()).entrySet()) {
      try {
        Syscalls.lsetxattrat(parent.fd(), Names.bytes(name), Names.bytes(attribute.getKey()), attribute.getValue());
      } catch (SyscallException e) {
        FileAttributes.refused(e, attribute.getKey(), entry.attributes());
      }
    }
  }

  /**
   * Overlay's own attributes are orders to the kernel (redirect, metacopy) and labels of SELinux are the node's to give:
   * an image may set neither.
   */
  private static Map<String, byte[]> wanted(Map<String, byte[]> attributes) {
    if (attributes.isEmpty()) {
      return attributes;
    }
    Map<String, byte[]> wanted = new LinkedHashMap<>(attributes);
    wanted.keySet().removeIf(key -> key.startsWith("trusted.overlay.") || key.startsWith("user.overlay.") || key.equals("security.selinux"));
    return wanted;
  }

  private void noteOwner(int mode, int uid, int gid) {
    plainOwner &= uid == 0 && gid == 0 && (mode & SETGID) == 0;
  }

  private void noteDefaults(Map<String, byte[]> attributes) {
    plainMode &= attributes.keySet().stream().noneMatch(key -> key.startsWith("system."));
  }

  private static int umask() {
    try {
      return FileCalls.umask();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static IOException explain(SyscallException e, TarEntry entry) {
    return switch (e.errno()) {
      case Errno.ENAMETOOLONG, Errno.ELOOP, Errno.ENOTDIR, Errno.EXDEV, Errno.EINVAL, Errno.ENOENT, Errno.EISDIR, Errno.EFBIG ->
          new HostileContentException(
              "its archive has the entry '" + Names.printable(entry.path()) + "', which cannot be written: " + Errno.text(e.errno()));
      default -> e;
    };
  }
}
