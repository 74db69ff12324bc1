package io.crij.helper.syscall;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.Answer.LONG;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The calls themselves. Every name is relative to an open folder; none follows a link in its last step. */
public final class Syscalls {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;
  private static final int STATFS_BYTES = 120;
  static final long SYS_OPENAT2 = 437; // the same on every architecture: all calls since 5.1 are
  private static final int ATTRIBUTE_MAX = 65536; // XATTR_SIZE_MAX

  private static final NativeFunction CLOSE = NativeFunction.ofLibc("close", INT);
  /** syscall(2), whose first argument is the number. */
  static final NativeFunction SYSCALL = NativeFunction.ofLibc("syscall", LONG);
  private static final NativeFunction MKDIRAT = NativeFunction.ofLibc("mkdirat", INT);
  private static final NativeFunction MKNODAT = NativeFunction.ofLibc("mknodat", INT);
  private static final NativeFunction SYMLINKAT = NativeFunction.ofLibc("symlinkat", INT);
  private static final NativeFunction LINKAT = NativeFunction.ofLibc("linkat", INT);
  private static final NativeFunction UNLINKAT = NativeFunction.ofLibc("unlinkat", INT);
  private static final NativeFunction RENAMEAT = NativeFunction.ofLibc("renameat", INT);
  private static final NativeFunction FCHOWNAT = NativeFunction.ofLibc("fchownat", INT);
  static final NativeFunction FCHMOD = NativeFunction.ofLibc("fchmod", INT);
  static final NativeFunction FCHOWN = NativeFunction.ofLibc("fchown", INT);
  private static final NativeFunction FCHMODAT = NativeFunction.ofLibc("fchmodat", INT);
  private static final NativeFunction UTIMENSAT = NativeFunction.ofLibc("utimensat", INT);
  static final NativeFunction FUTIMENS = NativeFunction.ofLibc("futimens", INT);
  private static final NativeFunction LSETXATTR = NativeFunction.ofLibc("lsetxattr", INT);
  static final NativeFunction FSETXATTR = NativeFunction.ofLibc("fsetxattr", INT);
  private static final NativeFunction LGETXATTR = NativeFunction.ofLibc("lgetxattr", LONG);
  private static final NativeFunction LLISTXATTR = NativeFunction.ofLibc("llistxattr", LONG);
  private static final NativeFunction STATX = NativeFunction.ofLibc("statx", INT);
  static final NativeFunction PWRITE = NativeFunction.ofLibc("pwrite", LONG);
  private static final NativeFunction PREAD = NativeFunction.ofLibc("pread", LONG);
  private static final NativeFunction FTRUNCATE = NativeFunction.ofLibc("ftruncate", INT);
  private static final NativeFunction READLINKAT = NativeFunction.ofLibc("readlinkat", LONG);
  private static final NativeFunction GETDENTS64 = NativeFunction.ofLibc("getdents64", LONG);
  private static final NativeFunction UMOUNT2 = NativeFunction.ofLibc("umount2", INT);
  private static final NativeFunction STATFS = NativeFunction.ofLibc("statfs", INT);
  private static final NativeFunction SYNCFS = NativeFunction.ofLibc("syncfs", INT);

  private Syscalls() {}

  /** One call; {@code scope} lives as long as the call, {@code errno} receives its error. */
  private interface Call {
    long run(Arena scope, MemorySegment errno);
  }

  /** A name in a folder and the type that the folder keeps beside it (a {@code DT_} value shifted as in st_mode). */
  public record Entry(byte[] name, int type) {}

  /** Receives the entries of a folder. */
  @FunctionalInterface
  public interface EntryVisitor {
    void visit(Entry entry) throws SyscallException;
  }

  /** Opens a folder by a path of the host, following links: for the daemon's own folders only. */
  public static Fd openFolder(Path folder) throws IOException {
    return open(AT_FDCWD, folder.toString().getBytes(StandardCharsets.UTF_8), Open.READ | Open.FOLDER, 0, 0);
  }

  /** Opens a file by a path of the host for reading, following links: for files of the daemon's own and of the kernel's. */
  public static Fd openFile(Path file) throws SyscallException {
    return open(AT_FDCWD, file.toString().getBytes(StandardCharsets.UTF_8), Open.READ | Open.NONBLOCK, 0, 0);
  }

  /**
   * openat2(2), close-on-exec always.
   *
   * @param mode permission bits, 0 unless {@link Open#CREATE} is asked for
   */
  public static Fd openat2(Fd folder, byte[] path, long flags, int mode, long resolve) throws SyscallException {
    return open(folder.number(), path, flags, mode, resolve);
  }

  private static Fd open(int folder, byte[] path, long flags, int mode, long resolve) throws SyscallException {
    for (int attempt = 0; ; attempt++) {
      try {
        return new Fd(
            (int)
                call(
                    "openat2",
                    path,
                    (scope, errno) -> {
                      MemorySegment how = scope.allocate(24, 8);
                      how.set(JAVA_LONG, 0, flags | Open.CLOEXEC);
                      how.set(JAVA_LONG, 8, mode);
                      how.set(JAVA_LONG, 16, resolve);
                      return SYSCALL.call(errno, SYS_OPENAT2, folder, text(scope, path), pointer(how), 24);
                    }));
      } catch (SyscallException e) {
        // EAGAIN: a rename somewhere on the host raced with the scoped lookup; the man page says to try again.
        if ((e.errno() != Errno.EAGAIN && e.errno() != Errno.EINTR) || attempt >= 32) {
          throw e;
        }
      }
    }
  }

  static void close(int number) {
    CLOSE.call(number);
  }

  public static void mkdirat(Fd folder, byte[] name, int mode) throws SyscallException {
    call("mkdirat", name, (s, errno) -> MKDIRAT.call(errno, folder.number(), text(s, name), mode));
  }

  /** @param mode type and permission bits; the umask applies */
  public static void mknodat(Fd folder, byte[] name, int mode, int major, int minor) throws SyscallException {
    long device =
        ((major & 0xfffff000L) << 32) | ((major & 0xfffL) << 8) | ((minor & 0xffffff00L) << 12) | (minor & 0xffL);
    call("mknodat", name, (s, errno) -> MKNODAT.call(errno, folder.number(), text(s, name), mode, device));
  }

  public static void symlinkat(byte[] target, Fd folder, byte[] name) throws SyscallException {
    call(
        "symlinkat",
        name,
        (s, errno) -> SYMLINKAT.call(errno, text(s, target), folder.number(), text(s, name)));
  }

  /** A hard link; a symbolic link at {@code fromName} is linked itself. */
  public static void linkat(Fd fromFolder, byte[] fromName, Fd folder, byte[] name) throws SyscallException {
    call(
        "linkat",
        name,
        (s, errno) ->
            
                LINKAT.call(
                    errno, fromFolder.number(), text(s, fromName), folder.number(), text(s, name), 0));
  }

  public static void unlinkat(Fd folder, byte[] name) throws SyscallException {
    call("unlinkat", name, (s, errno) -> UNLINKAT.call(errno, folder.number(), text(s, name), 0));
  }

  public static void rmdirat(Fd folder, byte[] name) throws SyscallException {
    call(
        "rmdir", name, (s, errno) -> UNLINKAT.call(errno, folder.number(), text(s, name), AT_REMOVEDIR));
  }

  public static void renameat(Fd fromFolder, byte[] fromName, Fd folder, byte[] name) throws SyscallException {
    call(
        "renameat",
        name,
        (s, errno) ->
            RENAMEAT.call(errno, fromFolder.number(), text(s, fromName), folder.number(), text(s, name)));
  }

  public static void lchownat(Fd folder, byte[] name, int uid, int gid) throws SyscallException {
    call(
        "fchownat",
        name,
        (s, errno) ->
            FCHOWNAT.call(errno, folder.number(), text(s, name), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  public static void fchown(Fd file, int uid, int gid) throws SyscallException {
    call(
        "fchown",
        new byte[0],
        (s, errno) ->
            FCHOWNAT.call(errno, file.number(), text(s, new byte[0]), uid, gid, AT_EMPTY_PATH));
  }

  public static void fchmod(Fd file, int mode) throws SyscallException {
    call("fchmod", new byte[0], (s, errno) -> FCHMOD.call(errno, file.number(), mode));
  }

  /** Follows a link in the last step: only for a name that the caller has just made, in a folder that is its own. */
  public static void fchmodat(Fd folder, byte[] name, int mode) throws SyscallException {
    call("fchmodat", name, (s, errno) -> FCHMODAT.call(errno, folder.number(), text(s, name), mode, 0));
  }

  /** Sets access and modification time to the same instant. */
  public static void utimensat(Fd folder, byte[] name, long seconds, int nanos) throws SyscallException {
    call(
        "utimensat",
        name,
        (s, errno) -> {
          MemorySegment times = s.allocate(32, 8);
          times.set(JAVA_LONG, 0, seconds);
          times.set(JAVA_LONG, 8, nanos);
          times.set(JAVA_LONG, 16, seconds);
          times.set(JAVA_LONG, 24, nanos);
          return UTIMENSAT.call(errno, folder.number(), text(s, name), pointer(times), AT_SYMLINK_NOFOLLOW);
        });
  }

  /** Sets an extended attribute on a file of any type, links included. */
  public static void lsetxattrat(Fd folder, byte[] name, byte[] attribute, byte[] value) throws SyscallException {
    call(
        "lsetxattr",
        name,
        (s, errno) -> {
          MemorySegment bytes = s.allocate(Math.max(1, value.length));
          MemorySegment.copy(value, 0, bytes, JAVA_BYTE, 0, value.length);
          return 
              LSETXATTR.call(
                  errno, text(s, byDescriptor(folder, name)), text(s, attribute), pointer(bytes), value.length, 0);
        });
  }

  /** The attribute's bytes, or null if the file has no such attribute or its filesystem keeps none. */
  public static byte @Nullable [] lgetxattrat(Fd folder, byte[] name, byte[] attribute) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment bytes = scope.allocate(ATTRIBUTE_MAX);
      long length =
          call(
              "lgetxattr",
              name,
              (s, errno) ->
                  LGETXATTR.call(
                          errno, text(s, byDescriptor(folder, name)), text(s, attribute), pointer(bytes), bytes.byteSize()));
      return bytes.asSlice(0, length).toArray(JAVA_BYTE);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
        return null;
      }
      throw e;
    }
  }

  public static List<byte[]> llistxattrat(Fd folder, byte[] name) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment bytes = scope.allocate(ATTRIBUTE_MAX);
      long length =
          call(
              "llistxattr",
              name,
              (s, errno) ->
                  LLISTXATTR.call(errno, text(s, byDescriptor(folder, name)), pointer(bytes), bytes.byteSize()));
      List<byte[]> names = new ArrayList<>();
      for (long start = 0, i = 0; i < length; i++) {
        if (bytes.get(JAVA_BYTE, i) == 0) {
          names.add(bytes.asSlice(start, i - start).toArray(JAVA_BYTE));
          start = i + 1;
        }
      }
      return names;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return List.of();
      }
      throw e;
    }
  }

  /** The file of that name, a link itself; the empty name is the folder. */
  public static FileStat lstatat(Fd folder, byte[] name) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment stat = scope.allocate(STATX_BYTES, 8);
      call(
          "statx",
          name,
          (s, errno) ->
              
                  STATX.call(
                      errno,
                      folder.number(),
                      text(s, name),
                      AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
                      STATX_BASIC_STATS,
                      pointer(stat)));
      return new FileStat(
          Short.toUnsignedInt(stat.get(java.lang.foreign.ValueLayout.JAVA_SHORT, 28)),
          stat.get(JAVA_INT, 20),
          stat.get(JAVA_INT, 24),
          stat.get(JAVA_LONG, 32),
          Integer.toUnsignedLong(stat.get(JAVA_INT, 16)),
          stat.get(JAVA_LONG, 40),
          stat.get(JAVA_LONG, 48),
          stat.get(JAVA_LONG, 112),
          stat.get(JAVA_INT, 120),
          stat.get(JAVA_INT, 128),
          stat.get(JAVA_INT, 132));
    }
  }

  /** {@link #lstatat}, or null if there is no such name. */
  public static @Nullable FileStat lstatatIfPresent(Fd folder, byte[] name) throws SyscallException {
    try {
      return lstatat(folder, name);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  /** Writes all of {@code segment}'s first {@code length} bytes at {@code offset}. */
  public static void pwriteAll(Fd file, MemorySegment segment, long length, long offset) throws SyscallException {
    long done = 0;
    while (done < length) {
      MemorySegment rest = segment.asSlice(done, length - done);
      long at = offset + done;
      done +=
          call("pwrite", new byte[0], (s, errno) -> PWRITE.callWith(errno, file.number(), rest, rest.byteSize(), at));
    }
  }

  /** Up to {@code segment}'s size; 0 at the end of the file. */
  public static long pread(Fd file, MemorySegment segment, long offset) throws SyscallException {
    return call(
        "pread",
        new byte[0],
        (s, errno) -> PREAD.callWith(errno, file.number(), segment, segment.byteSize(), offset));
  }

  public static void ftruncate(Fd file, long size) throws SyscallException {
    call("ftruncate", new byte[0], (s, errno) -> FTRUNCATE.call(errno, file.number(), size));
  }

  public static byte[] readlinkat(Fd folder, byte[] name) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment bytes = scope.allocate(4096);
      long length =
          call(
              "readlinkat",
              name,
              (s, errno) ->
                  READLINKAT.call(errno, folder.number(), text(s, name), pointer(bytes), bytes.byteSize()));
      return bytes.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  /**
   * Hands out all names of the folder but {@code .} and {@code ..} one by one, for folders that may be too large to be held in
   * memory. The visitor may delete what it is given. The descriptor's read position moves to the end.
   */
  public static void readFolder(Fd folder, EntryVisitor each) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment buffer = scope.allocate(32768, 8);
      while (true) {
        long length =
            call(
                "getdents64",
                new byte[0],
                (s, errno) -> GETDENTS64.call(errno, folder.number(), pointer(buffer), buffer.byteSize()));
        if (length == 0) {
          return;
        }
        for (long at = 0; at < length; ) {
          int size = Short.toUnsignedInt(buffer.get(java.lang.foreign.ValueLayout.JAVA_SHORT, at + 16));
          int type = Byte.toUnsignedInt(buffer.get(JAVA_BYTE, at + 18)) << 12;
          byte[] name = untilNul(buffer, at + 19, at + size);
          if (!isDots(name)) {
            each.visit(new Entry(name, type));
          }
          at += size;
        }
      }
    }
  }

  /** How full the filesystem is on which a path of the host lies. Asks the filesystem, so it hangs where that does. */
  public static FilesystemStat statfs(Path path) throws SyscallException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    try (Arena scope = Arena.ofConfined()) {
      // struct statfs of the 64-bit architectures: type, block size, blocks, free, available, files, free files, …
      MemorySegment stat = scope.allocate(STATFS_BYTES, 8);
      call("statfs", name, (s, errno) -> STATFS.call(errno, text(s, name), pointer(stat)));
      return new FilesystemStat(
          stat.get(JAVA_LONG, 8) * stat.get(JAVA_LONG, 16), stat.get(JAVA_LONG, 40), stat.get(JAVA_LONG, 48));
    }
  }

  /** Flushes everything that waits to be written on the filesystem of {@code file}. */
  public static void syncfs(Fd file) throws SyscallException {
    call("syncfs", new byte[0], (s, errno) -> SYNCFS.call(errno, file.number()));
  }

  /** Takes the topmost mount off a path of the host, now for new users and for present ones once they leave it. */
  public static void detachMount(Path mountPoint) throws SyscallException {
    byte[] path = mountPoint.toString().getBytes(StandardCharsets.UTF_8);
    call("umount2", path, (s, errno) -> UMOUNT2.call(errno, text(s, path), MNT_DETACH | UMOUNT_NOFOLLOW));
  }

  private static byte[] untilNul(MemorySegment buffer, long from, long limit) {
    long end = from;
    while (end < limit && buffer.get(JAVA_BYTE, end) != 0) {
      end++;
    }
    return buffer.asSlice(from, end - from).toArray(JAVA_BYTE);
  }

  private static boolean isDots(byte[] name) {
    return (name.length == 1 && name[0] == '.') || (name.length == 2 && name[0] == '.' && name[1] == '.');
  }

  // The extended attribute calls have no *at form before 6.13: the folder's own entry in procfs is the way that needs no
  // path of the host. An empty name means the folder.
  private static byte[] byDescriptor(Fd folder, byte[] name) {
    byte[] prefix = ("/proc/self/fd/" + folder.number() + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] last = name.length == 0 ? new byte[] {'.'} : name;
    byte[] path = new byte[prefix.length + last.length];
    System.arraycopy(prefix, 0, path, 0, prefix.length);
    System.arraycopy(last, 0, path, prefix.length, last.length);
    return path;
  }

  private static long text(Arena scope, byte[] name) {
    MemorySegment segment = scope.allocate(name.length + 1L);
    MemorySegment.copy(name, 0, segment, JAVA_BYTE, 0, name.length);
    return pointer(segment);
  }

  private static long call(String what, byte[] object, Call call) throws SyscallException {
    for (byte b : object) {
      if (b == 0) {
        // The kernel would see a shorter name than the one that was checked.
        throw new SyscallException(what, object, Errno.EINVAL);
      }
    }
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment state = NativeFunction.errnoIn(scope);
      long result = call.run(scope, state);
      if (result < 0) {
        throw new SyscallException(what, object, state.get(JAVA_INT, 0));
      }
      return result;
    }
  }
}
