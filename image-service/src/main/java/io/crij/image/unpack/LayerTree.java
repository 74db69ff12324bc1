package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one layer while it is being written. Every open is an openat2 that cannot leave the folder and follows no
 * link; links of the layer itself are resolved here, step by step, with the layer as their root. So a hostile archive reaches
 * nothing but its own layer.
 */
final class LayerTree implements AutoCloseable {
  private static final int LINKS_MAX = 40;
  private static final long RESOLVE =
      Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV | Open.RESOLVE_NO_MAGICLINKS;

  /** A folder of the layer, open, and its path with all links resolved. */
  record Folder(Fd fd, String path) {}

  private final Fd root;
  private final NameMemory.Layer names;
  /** Folders that no entry described so far. */
  private final NavigableSet<String> implied = new TreeSet<>();
  /** Folders that hide what lower layers have under their name. */
  private final NavigableSet<String> opaque = new TreeSet<>();
  /** The opaque ones that stand in the place of a lower folder which this layer deleted; the others only emptied it. */
  private final NavigableSet<String> anew = new TreeSet<>();
  // Entries come folder by folder, so remembering one folder saves nearly every lookup.
  private @Nullable Folder latest;
  private @Nullable String latestAsked;
  private long inodes = 1;
  private boolean tookAway;

  LayerTree(Fd root, NameMemory.Layer names) {
    this.root = root;
    this.names = names;
  }

  Fd root() {
    return root;
  }

  Set<String> implied() {
    return implied;
  }

  /** Whether the lower folder of this name is still the same folder, whatever became of what lies in it. */
  boolean continuesLowerFolder(String path) {
    return !anew.contains(path) && (path.isEmpty() || !isBelowOpaque(Names.parent(path)));
  }

  long inodes() {
    return inodes;
  }

  void countInode() {
    inodes++;
  }

  /** The folder at these components, made (and noted as implied) where it is missing. Valid until the next call. */
  Folder folder(List<String> components) throws IOException {
    String asked = Names.join(components);
    Folder known = latest;
    if (known != null && asked.equals(latestAsked)) {
      return known;
    }
    Folder opened = tryOpen(asked);
    if (opened == null) {
      opened = walk(components, true);
    }
    if (opened == null) {
      throw new HostileContentException("the folder '" + Names.printable(Names.bytes(asked)) + "' cannot be made");
    }
    remember(asked, opened);
    return opened;
  }

  /** The folder at these components if the layer has it, else null. The caller closes it. */
  @Nullable Folder existing(List<String> components) throws IOException {
    Folder opened = tryOpen(Names.join(components));
    return opened != null ? opened : walk(components, false);
  }

  /** Makes the folder {@code name}; what stands there already is replaced unless it is a folder. */
  void makeFolder(Folder parent, String name) throws IOException {
    byte[] bytes = Names.bytes(name);
    try {
      Syscalls.mkdirat(parent.fd, bytes, 0755);
      inodes++;
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      FileStat stat = Syscalls.lstatat(parent.fd, bytes);
      if (!stat.isFolder()) {
        tookAway |= !stat.isWhiteout();
        // The layer deleted or replaced this name before: a folder here must not show what lower layers have below it.
        Syscalls.unlinkat(parent.fd, bytes);
        Syscalls.mkdirat(parent.fd, bytes, 0755);
        makeOpaque(parent, name);
      }
    }
  }

  /** Marks a folder that replaces one of that name below it, so that overlay shows nothing of the lower one. */
  void makeOpaque(Folder parent, String name) throws IOException {
    Syscalls.lsetxattrat(parent.fd, Names.bytes(name), Names.bytes(MergedView.OPAQUE), new byte[] {'y'});
    note(opaque, Names.child(parent.path, name));
    note(anew, Names.child(parent.path, name));
  }

  /** Marks a folder so that overlay shows nothing of what lower layers have in it. */
  void makeOpaque(Folder folder) throws IOException {
    Syscalls.lsetxattrat(folder.fd, Names.bytes("."), Names.bytes(MergedView.OPAQUE), new byte[] {'y'});
    note(opaque, folder.path);
  }

  /** Deletes what stands under this name, so that a later entry of the archive can take it. */
  void clear(Folder parent, String name) throws IOException {
    String path = Names.child(parent.path, name);
    FileStat stat = Syscalls.lstatatIfPresent(parent.fd, Names.bytes(name));
    if (stat == null) {
      return;
    }
    TreeRemoval.remove(parent.fd, Names.bytes(name));
    tookAway |= !stat.isWhiteout();
    latestAsked = null; // The remembered folder may have gone, or its name may mean another one now.
    if (stat.isFolder()) {
      removeAtOrBelow(implied, path);
      removeAtOrBelow(opaque, path);
      removeAtOrBelow(anew, path);
    }
  }

  /** Whether an entry of the archive took away what an earlier one had made. */
  boolean tookAway() {
    return tookAway;
  }

  boolean isBelowOpaque(String path) {
    for (String at = path; ; at = Names.parent(at)) {
      if (opaque.contains(at)) {
        return true;
      }
      if (at.isEmpty()) {
        return false;
      }
    }
  }

  private void note(Set<String> folders, String path) throws IOException {
    if (folders.add(path)) {
      names.keep(path);
    }
  }

  /** Only those are looked at: an archive may replace one folder for each of a million others. */
  private static void removeAtOrBelow(NavigableSet<String> folders, String path) {
    folders.remove(path);
    folders.subSet(path + "/", true, path + "0", false).clear(); // '0' is the character after '/'
  }

  private void remember(String asked, Folder opened) {
    forget();
    latest = opened;
    latestAsked = asked;
  }

  private void forget() {
    if (latest != null) {
      latest.fd.close();
    }
    latest = null;
    latestAsked = null;
  }

  private @Nullable Folder tryOpen(String path) throws IOException {
    try {
      byte[] name = Names.bytes(path.isEmpty() ? "." : path);
      return new Folder(Syscalls.openat2(root, name, Open.PATH | Open.FOLDER, 0, RESOLVE), path);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return null;
      }
      throw e;
    }
  }

  private @Nullable Folder walk(List<String> components, boolean make) throws IOException {
    Deque<String> todo = new ArrayDeque<>(components);
    Folder at = requireOpen("");
    int links = 0;
    try {
      while (!todo.isEmpty()) {
        String step = todo.pop();
        if (step.equals("..")) {
          at = replace(at, requireOpen(Names.parent(at.path)));
          continue;
        }
        FileStat stat = Syscalls.lstatatIfPresent(at.fd, Names.bytes(step));
        if (stat != null && stat.type() == FileStat.SYMLINK) {
          if (++links > LINKS_MAX) {
            throw new HostileContentException("its archive has a path through a loop of symbolic links");
          }
          byte[] target = Syscalls.readlinkat(at.fd, Names.bytes(step));
          if (target.length > 0 && target[0] == '/') {
            at = replace(at, requireOpen(""));
          }
          List<String> steps = Names.split(target);
          for (int i = steps.size() - 1; i >= 0; i--) {
            todo.push(steps.get(i));
          }
          continue;
        }
        if (stat == null || stat.isWhiteout()) {
          if (!make) {
            at.fd.close();
            return null;
          }
          makeFolder(at, step);
          note(implied, Names.child(at.path, step));
        } else if (!stat.isFolder()) {
          throw new HostileContentException(
              "its archive uses the file '" + Names.printable(Names.bytes(Names.child(at.path, step))) + "' as a folder");
        }
        at = replace(at, requireOpen(Names.child(at.path, step)));
      }
      return at;
    } catch (IOException e) {
      at.fd.close();
      throw e;
    }
  }

  private static Folder replace(Folder old, Folder by) {
    old.fd.close();
    return by;
  }

  private Folder requireOpen(String path) throws IOException {
    Folder opened = tryOpen(path);
    if (opened == null) {
      throw new HostileContentException("the folder '" + Names.printable(Names.bytes(path)) + "' vanished from the layer");
    }
    return opened;
  }

  @Override
  public void close() {
    forget();
  }
}
