package io.crij.container.stats;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Counts the files below folders while a container changes them. Every step is by descriptor below the folder, no link is
 * followed, no mount is crossed, and memory does not grow with the number of files.
 */
final class LayerWalk {
  /** Each level holds a descriptor and a buffer. What lies deeper is not counted. */
  static final int DEEPEST = 200;

  private static final long RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;
  private static final byte[] SELF = {};

  /** A file with several names counts with its share at each of them: all names are in the layer, so the shares add up. */
  private static final long WHOLE = 1 << 20;

  private long byteShares;
  private long inodeShares;
  private boolean deeper;

  private LayerWalk() {}

  /** @param complete false if there are folders below {@link #DEEPEST} levels */
  record Found(long bytes, long inodes, boolean complete) {}

  /**
   * @param folders those of them that exist are counted together
   * @throws IOException if a folder cannot be read; files that vanish meanwhile are passed over
   */
  static Found count(List<Path> folders) throws IOException {
    LayerWalk walk = new LayerWalk();
    for (Path folder : folders) {
      try (Fd top = Syscalls.openFolder(folder)) {
        walk.add(Syscalls.lstatat(top, SELF));
        walk.below(top, 1);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
    return new Found(walk.byteShares, Math.ceilDiv(walk.inodeShares, WHOLE), !walk.deeper);
  }

  private void add(FileStat stat) {
    long bytes = stat.blocks() * 512;
    if (stat.isFolder() || stat.links() <= 1) {
      byteShares += bytes;
      inodeShares += WHOLE;
    } else {
      byteShares += bytes / stat.links();
      inodeShares += WHOLE / stat.links();
    }
  }

  private void below(Fd folder, int depth) throws SyscallException {
    Syscalls.readFolder(
        folder,
        entry -> {
          try {
            FileStat stat = Syscalls.lstatat(folder, entry.name());
            add(stat);
            if (!stat.isFolder()) {
              return;
            }
            if (depth >= DEEPEST) {
              deeper = true;
              return;
            }
            try (Fd next = Syscalls.openat2(folder, entry.name(), Open.READ | Open.FOLDER | Open.NOFOLLOW, 0, RESOLVE)) {
              below(next, depth + 1);
            }
          } catch (SyscallException e) {
            // It was removed or replaced since its name was read.
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
              throw e;
            }
          }
        });
  }
}
