package io.crij.helper.syscall;

import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The calls that writing a file takes, with memory that is used again: {@link Syscalls} takes fresh memory for each call, and a
 * layer of 100,000 files makes half a million of these. For the thread that made it.
 */
public final class FileCalls implements AutoCloseable {
  private static final byte[] NO_NAME = new byte[0];
  private static final int NAME_BYTES = 4097;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = NativeFunction.errnoIn(arena);
  private final MemorySegment name = arena.allocate(NAME_BYTES);
  private final MemorySegment how = arena.allocate(24, 8);
  private final MemorySegment times = arena.allocate(32, 8);

  /** The bits that the kernel takes away from the mode of a new file of this process. */
  public static int umask() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
      if (line.startsWith("Umask:")) {
        return Integer.parseInt(line.substring("Umask:".length()).strip(), 8);
      }
    }
    return 0777; // a kernel that does not tell: whatever mode was asked for may not be what the file has
  }

  /** Makes a new regular file in the folder and opens it for writing; EEXIST if the name is taken by anything. */
  public Fd create(Fd folder, byte[] file, int mode) throws SyscallException {
    how.set(JAVA_LONG, 0, Open.WRITE | Open.CREATE | Open.EXCLUSIVE | Open.NOFOLLOW | Open.CLOEXEC);
    how.set(JAVA_LONG, 8, mode);
    how.set(JAVA_LONG, 16, Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS);
    put(file, "openat2");
    for (int attempt = 0; ; attempt++) {
      long number = openat2(folder);
      if (number >= 0) {
        return new Fd((int) number);
      }
      int error = errno.get(JAVA_INT, 0);
      // EAGAIN: a rename somewhere on the host raced with the scoped lookup; the man page says to try again.
      if ((error != Errno.EAGAIN && error != Errno.EINTR) || attempt >= 32) {
        throw new SyscallException("openat2", file, error);
      }
    }
  }

  /** Writes all of the segment, which is native memory, at {@code offset}. */
  public void writeAll(Fd file, MemorySegment bytes, long offset) throws SyscallException {
    long done = 0;
    while (done < bytes.byteSize()) {
      MemorySegment rest = done == 0 ? bytes : bytes.asSlice(done);
      done += checked("pwrite", Syscalls.PWRITE.callWith(errno, file.number(), rest, rest.byteSize(), offset + done));
    }
  }

  public void chown(Fd file, int uid, int gid) throws SyscallException {
    checked("fchown", Syscalls.FCHOWN.call(errno, file.number(), uid, gid));
  }

  public void chmod(Fd file, int mode) throws SyscallException {
    checked("fchmod", Syscalls.FCHMOD.call(errno, file.number(), mode));
  }

  /** Sets access and modification time of the open file to the same instant. */
  public void setTime(Fd file, long seconds, int nanos) throws SyscallException {
    times.set(JAVA_LONG, 0, seconds);
    times.set(JAVA_LONG, 8, nanos);
    times.set(JAVA_LONG, 16, seconds);
    times.set(JAVA_LONG, 24, nanos);
    checked("futimens", Syscalls.FUTIMENS.call(errno, file.number(), pointer(times)));
  }

  /** Sets an extended attribute of the open file. */
  public void setAttribute(Fd file, byte[] attribute, byte[] value) throws SyscallException {
    put(attribute, "fsetxattr");
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment bytes = scope.allocate(Math.max(1, value.length));
      MemorySegment.copy(value, 0, bytes, JAVA_BYTE, 0, value.length);
      checked(
          "fsetxattr",
          Syscalls.FSETXATTR.call(errno, file.number(), pointer(name), pointer(bytes), value.length, 0));
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  private long openat2(Fd folder) {
    return Syscalls.SYSCALL.call(errno, Syscalls.SYS_OPENAT2, folder.number(), pointer(name), pointer(how), 24);
  }

  private long checked(String call, long result) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, NO_NAME, errno.get(JAVA_INT, 0));
    }
    return result;
  }

  private void put(byte[] text, String call) throws SyscallException {
    if (text.length >= NAME_BYTES) {
      throw new SyscallException(call, text, Errno.ENAMETOOLONG);
    }
    for (byte b : text) {
      if (b == 0) {
        // The kernel would see a shorter name than the one that was checked.
        throw new SyscallException(call, text, Errno.EINVAL);
      }
    }
    MemorySegment.copy(text, 0, name, JAVA_BYTE, 0, text.length);
    name.set(JAVA_BYTE, text.length, (byte) 0);
  }
}
