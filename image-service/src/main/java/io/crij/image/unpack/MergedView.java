package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileStat;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.Syscalls;
import io.crij.helper.syscall.SyscallException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What overlayfs would show of a stack of layers, without mounting it. Every step is below one layer's own folder, links are
 * resolved inside the image and device nodes are never opened.
 */
public final class MergedView {
  static final String OPAQUE = "trusted.overlay.opaque";
  private static final int LINKS_MAX = 40;
  private static final long RESOLVE =
      Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;

  /** A file found: the layer that shows it and its path there. */
  record Found(Fd layer, String path, FileStat stat) {}

  private final List<Fd> layers;

  /** @param layers root folders, top layer first; owned by the caller */
  public MergedView(List<Fd> layers) {
    this.layers = layers;
  }

  /**
   * Whether an image has something at {@code path}, links followed.
   *
   * @param names the folders of its layers below {@code base}, top layer first
   */
  public static boolean holds(Path base, List<String> names, String path) throws IOException {
    List<Fd> layers = new ArrayList<>();
    try {
      for (String name : names) {
        layers.add(Syscalls.openFolder(base.resolve(name)));
      }
      return new MergedView(layers).find(path, true) != null;
    } finally {
      layers.forEach(Fd::close);
    }
  }

  /** The file at {@code path}, links in all but the last step resolved (and in the last, if {@code follow}); or null. */
  @Nullable Found find(String path, boolean follow) throws IOException {
    Deque<String> todo = new ArrayDeque<>(Names.split(Names.bytes(path)));
    List<String> done = new ArrayList<>();
    Found found = null;
    int links = 0;
    while (!todo.isEmpty()) {
      String step = todo.pop();
      if (step.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        found = null;
        continue;
      }
      done.add(step);
      found = lookup(done);
      if (found == null) {
        return null;
      }
      if (found.stat.type() == FileStat.SYMLINK && (follow || !todo.isEmpty())) {
        if (++links > LINKS_MAX) {
          return null;
        }
        done.removeLast();
        byte[] target = readLink(found);
        if (target.length > 0 && target[0] == '/') {
          done.clear();
        }
        List<String> steps = Names.split(target);
        for (int i = steps.size() - 1; i >= 0; i--) {
          todo.push(steps.get(i));
        }
        found = null;
      } else if (!found.stat.isFolder() && !todo.isEmpty()) {
        return null;
      }
    }
    return found != null ? found : lookup(done);
  }

  /**
   * The bytes of the regular file at {@code path}, links followed; empty if there is none, if it is something else than a
   * regular file or larger than {@code limit}.
   */
  public byte[] read(String path, int limit) throws IOException {
    Found found = find(path, true);
    if (found == null || !found.stat.isRegular() || found.stat.size() > limit) {
      return new byte[0];
    }
    int size = (int) found.stat.size();
    try (Fd file = Syscalls.openat2(found.layer, Names.bytes(found.path), Open.READ | Open.NOFOLLOW | Open.NONBLOCK, 0, RESOLVE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, size));
      long at = 0;
      while (at < size) {
        long count = Syscalls.pread(file, buffer.asSlice(at, size - at), at);
        if (count == 0) {
          break;
        }
        at += count;
      }
      return buffer.asSlice(0, at).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Opens the folder that holds {@code path} in a layer, as a handle for names. */
  static Fd openParent(Fd layer, String path) throws SyscallException {
    String parent = Names.parent(path);
    return Syscalls.openat2(layer, Names.bytes(parent.isEmpty() ? "." : parent), Open.PATH | Open.FOLDER, 0, RESOLVE);
  }

  private static byte[] readLink(Found found) throws IOException {
    try (Fd folder = openParent(found.layer, found.path)) {
      return Syscalls.readlinkat(folder, Names.bytes(Names.last(found.path)));
    }
  }

  private @Nullable Found lookup(List<String> components) throws IOException {
    List<Fd> active = layers;
    Found found = null;
    String path = "";
    if (components.isEmpty()) {
      return layers.isEmpty() ? null : new Found(layers.getFirst(), ".", Syscalls.lstatat(layers.getFirst(), new byte[0]));
    }
    for (String component : components) {
      path = Names.child(path, component);
      List<Fd> next = new ArrayList<>();
      found = null;
      for (Fd layer : active) {
        FileStat stat = stat(layer, path);
        if (stat == null) {
          continue;
        }
        if (stat.isWhiteout()) {
          break;
        }
        if (found == null) {
          found = new Found(layer, path, stat);
        }
        if (!stat.isFolder()) {
          break;
        }
        next.add(layer);
        if (isOpaque(layer, path)) {
          break;
        }
      }
      if (found == null) {
        return null;
      }
      active = next;
    }
    return found;
  }

  private static @Nullable FileStat stat(Fd layer, String path) throws IOException {
    try (Fd folder = openParent(layer, path)) {
      return Syscalls.lstatatIfPresent(folder, Names.bytes(Names.last(path)));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return null;
      }
      throw e;
    }
  }

  private static boolean isOpaque(Fd layer, String path) throws IOException {
    try (Fd folder = openParent(layer, path)) {
      byte[] value = Syscalls.lgetxattrat(folder, Names.bytes(Names.last(path)), Names.bytes(OPAQUE));
      return value != null && value.length == 1 && value[0] == 'y';
    }
  }
}
