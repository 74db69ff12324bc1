package io.crij.helper.syscall;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** umount2(2), for mounts that a process of ours left behind. */
public final class Unmount {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final MethodHandle UMOUNT2 =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("umount2"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
              Linker.Option.captureCallState("errno"));

  private Unmount() {}

  /** Takes the mount at {@code target} off at once, whoever uses it; nothing happens if there is none. */
  public static void detach(Path target) throws SyscallException {
    try (Arena scope = Arena.ofConfined()) {
      MemorySegment state = scope.allocate(Linker.Option.captureStateLayout());
      int result;
      try {
        result = (int) UMOUNT2.invokeExact(state, scope.allocateFrom(target.toString()), MNT_DETACH | UMOUNT_NOFOLLOW);
      } catch (Throwable e) {
        throw new AssertionError("umount2 cannot be called", e);
      }
      int errno = state.get(JAVA_INT, 0);
      if (result < 0 && errno != Errno.EINVAL && errno != Errno.ENOENT) {
        throw new SyscallException("umount2", target.toString().getBytes(StandardCharsets.UTF_8), errno);
      }
    }
  }
}
