package io.crij.image;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.Syscalls;
import io.crij.helper.syscall.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Deletes trees whose names are not ours: by folder descriptors, following no link, crossing no mount, with any bytes as
 * names and at any depth.
 */
final class TreeRemoval {
  private static final int DEPTH_MAX = 100;
  private static final long OPEN = Open.READ | Open.FOLDER | Open.NOFOLLOW;
  private static final long RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;

  private final Fd top;
  private int hoisted;

  private TreeRemoval(Fd top, int hoisted) {
    this.top = top;
    this.hoisted = hoisted;
  }

  /** Deletes {@code tree} with all in it; nothing happens if it does not exist. */
  static void remove(Path tree) throws IOException {
    Path parent = tree.toAbsolutePath().getParent();
    Path name = tree.getFileName();
    if (parent == null || name == null) {
      throw new IOException("a filesystem's root is not deleted: " + tree);
    }
    try (Fd folder = Syscalls.openFolder(parent)) {
      remove(folder, name.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Deletes the file or tree {@code name} in {@code folder}. */
  static void remove(Fd folder, byte[] name) throws IOException {
    FileStat stat = Syscalls.lstatatIfPresent(folder, name);
    if (stat == null) {
      return;
    }
    if (!stat.isFolder()) {
      Syscalls.unlinkat(folder, name);
      return;
    }
    int hoisted = 0;
    int before;
    do {
      before = hoisted;
      // Opened again for each round: a folder's descriptor is read to its end only once.
      try (Fd tree = Syscalls.openat2(folder, name, OPEN, 0, RESOLVE)) {
        hoisted = new TreeRemoval(tree, before).emptyTop();
      }
    } while (hoisted > before);
    Syscalls.rmdirat(folder, name);
  }

  private int emptyTop() throws IOException {
    empty(top, 0);
    return hoisted;
  }

  private void empty(Fd folder, int depth) throws IOException {
    for (Syscalls.Entry entry : Syscalls.readFolder(folder)) {
      if (entry.type() != FileStat.FOLDER) {
        try {
          Syscalls.unlinkat(folder, entry.name());
          continue;
        } catch (SyscallException e) {
          if (e.errno() != Errno.EISDIR) { // a filesystem that does not keep the type beside the name
            throw e;
          }
        }
      }
      if (depth == DEPTH_MAX) {
        // Deeper would hold too many descriptors: move it up and take it in the next round.
        Syscalls.renameat(folder, entry.name(), top, Names.bytes(".deep-" + hoisted++));
        continue;
      }
      try (Fd child = Syscalls.openat2(folder, entry.name(), OPEN, 0, RESOLVE)) {
        empty(child, depth + 1);
      }
      Syscalls.rmdirat(folder, entry.name());
    }
  }
}
