package io.crij.helper.syscall;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Deletes trees whose names are not ours, such as what images and containers wrote: by folder descriptors, following no link,
 * crossing no mount, with any bytes as names, at any depth and with any number of entries, in bounded memory.
 */
public final class TreeRemoval {
  private static final int DEPTH_MAX = 100;
  private static final long OPEN = Open.READ | Open.FOLDER | Open.NOFOLLOW;
  private static final long RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;
  /** What rename(2) says of a name that somebody has. */
  private static final Set<Integer> TAKEN = Set.of(Errno.EEXIST, Errno.ENOTEMPTY, Errno.ENOTDIR, Errno.EISDIR);

  /** How often a tree is emptied again into which somebody still writes, before that is an error. */
  private static final int ROUNDS_MAX = 5;

  private static final int THREADS = 4;
  /** A tree of a million files takes long, and its system calls would hold the carrier that other virtual threads need. */
  private static final ThreadPoolExecutor REMOVERS =
      new ThreadPoolExecutor(
          THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("remove-", 0).factory());

  static {
    REMOVERS.allowCoreThreadTimeOut(true);
  }

  private final Fd top;
  private int hoisted;

  private TreeRemoval(Fd top, int hoisted) {
    this.top = top;
    this.hoisted = hoisted;
  }

  /**
   * Deletes the file or tree with all in it; nothing happens if it does not exist. The folder that holds it must exist. May be
   * called on a virtual thread; an interrupt does not end it.
   */
  public static void remove(Path tree) throws IOException {
    FutureTask<Boolean> work =
        new FutureTask<>(
            () -> {
              removeHere(tree);
              return true;
            });
    REMOVERS.execute(work);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          work.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw new IOException(io.getMessage(), io);
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void removeHere(Path tree) throws IOException {
    Path parent = tree.toAbsolutePath().getParent();
    Path name = tree.getFileName();
    if (parent == null || name == null) {
      throw new IOException("a filesystem's root is not deleted: " + tree);
    }
    try (Fd folder = Syscalls.openFolder(parent)) {
      remove(folder, name.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Deletes the file or tree {@code name} in {@code folder}, on this thread. */
  public static void remove(Fd folder, byte[] name) throws IOException {
    FileStat stat = Syscalls.lstatatIfPresent(folder, name);
    if (stat == null) {
      return;
    }
    if (!stat.isFolder()) {
      Syscalls.unlinkat(folder, name);
      return;
    }
    for (int round = 1; ; round++) {
      emptyAll(folder, name);
      try {
        Syscalls.rmdirat(folder, name);
        return;
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOTEMPTY || round == ROUNDS_MAX) {
          throw e;
        }
      }
    }
  }

  private static void emptyAll(Fd folder, byte[] name) throws IOException {
    int hoisted = 0;
    int before;
    do {
      before = hoisted;
      // Opened again for each round: a folder's descriptor is read to its end only once.
      try (Fd tree = Syscalls.openat2(folder, name, OPEN, 0, RESOLVE)) {
        hoisted = new TreeRemoval(tree, before).emptyTop();
      }
    } while (hoisted > before);
  }

  private int emptyTop() throws IOException {
    empty(top, 0);
    return hoisted;
  }

  private void empty(Fd folder, int depth) throws SyscallException {
    Syscalls.readFolder(folder, entry -> delete(folder, entry, depth));
  }

  private void delete(Fd folder, Syscalls.Entry entry, int depth) throws SyscallException {
    if (entry.type() != FileStat.FOLDER) {
      try {
        Syscalls.unlinkat(folder, entry.name());
        return;
      } catch (SyscallException e) {
        if (e.errno() != Errno.EISDIR) { // a filesystem that does not keep the type beside the name
          throw e;
        }
      }
    }
    if (depth == DEPTH_MAX) {
      hoist(folder, entry.name());
      return;
    }
    try (Fd child = Syscalls.openat2(folder, entry.name(), OPEN, 0, RESOLVE)) {
      empty(child, depth + 1);
    }
    try {
      Syscalls.rmdirat(folder, entry.name());
    } catch (SyscallException e) {
      // Somebody has written into it meanwhile; it is there in the next round.
      if (e.errno() != Errno.ENOTEMPTY) {
        throw e;
      }
    }
  }

  /** Deeper would hold too many descriptors: moved up, to be taken in the next round. The name may be one that the tree has. */
  private void hoist(Fd folder, byte[] name) throws SyscallException {
    while (true) {
      byte[] next = (".deep-" + hoisted++).getBytes(StandardCharsets.US_ASCII);
      try {
        Syscalls.renameat(folder, name, top, next);
        return;
      } catch (SyscallException e) {
        if (!TAKEN.contains(e.errno())) {
          throw e;
        }
      }
    }
  }
}
