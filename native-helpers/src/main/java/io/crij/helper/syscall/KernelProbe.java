package io.crij.helper.syscall;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Does this kernel know a system call? Each probe is a call with arguments that cannot do anything, so a kernel that
 * has the call refuses the arguments, and one that lacks it (or a filter that hides it) answers ENOSYS.
 */
public final class KernelProbe {
  private static final int ENOSYS = 38;
  private static final int BAD_FD = -1;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int FSOPEN_CLOEXEC = 1;

  // These numbers are the same on every architecture, as those of all calls since 5.1.
  private static final long OPEN_TREE = 428;
  private static final long MOVE_MOUNT = 429;
  private static final long FSOPEN = 430;
  private static final long PIDFD_OPEN = 434;
  private static final long CLONE3 = 435;
  private static final long CLOSE_RANGE = 436;
  private static final long OPENAT2 = 437;
  private static final long MOUNT_SETATTR = 442;

  private static final MemorySegment EMPTY = Arena.global().allocateFrom("");

  private KernelProbe() {}

  public static boolean hasOpenTree() {
    return known(OPEN_TREE, BAD_FD, EMPTY.address(), AT_EMPTY_PATH, 0, 0);
  }

  public static boolean hasMoveMount() {
    return known(MOVE_MOUNT, BAD_FD, EMPTY.address(), BAD_FD, EMPTY.address(), 0);
  }

  public static boolean hasPidfd() {
    return known(PIDFD_OPEN, BAD_FD, 0, 0, 0, 0);
  }

  public static boolean hasClone3() {
    return known(CLONE3, 0, 0, 0, 0, 0);
  }

  public static boolean hasCloseRange() {
    // The last below the first: EINVAL, and nothing is closed.
    return known(CLOSE_RANGE, 1, 0, 0, 0, 0);
  }

  public static boolean hasOpenat2() {
    return known(OPENAT2, BAD_FD, EMPTY.address(), 0, 0, 0);
  }

  public static boolean hasMountSetattr() {
    return known(MOUNT_SETATTR, BAD_FD, EMPTY.address(), AT_EMPTY_PATH, 0, 0);
  }

  /**
   * Can a filesystem of that type be set up through fsopen(2)? The kernel loads its module if there is one. Needs
   * CAP_SYS_ADMIN.
   *
   * @return 0 if it can, or the errno: ENOSYS (38) without fsopen, ENODEV (19) without the filesystem, EPERM (1)
   */
  public static int filesystem(String type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = NativeFunction.errnoIn(arena);
      long fd = Syscalls.SYSCALL.call(errno, FSOPEN, arena.allocateFrom(type).address(), FSOPEN_CLOEXEC);
      if (fd < 0) {
        return errno.get(JAVA_INT, 0);
      }
      Syscalls.close((int) fd);
      return 0;
    }
  }

  private static boolean known(long number, long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = NativeFunction.errnoIn(arena);
      long result = Syscalls.SYSCALL.call(errno, number, a, b, c, d, e);
      return result >= 0 || errno.get(JAVA_INT, 0) != ENOSYS;
    }
  }
}
