package io.crij.helper.syscall;

import java.util.Map;

/** The error numbers that callers decide on (asm-generic/errno-base.h and errno.h; the same on x86-64 and arm64). */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  private static final Map<Integer, String> TEXT =
      Map.ofEntries(
          Map.entry(EPERM, "operation not permitted"),
          Map.entry(ENOENT, "no such file or folder"),
          Map.entry(EINTR, "interrupted"),
          Map.entry(5, "input/output error"),
          Map.entry(9, "bad file descriptor"),
          Map.entry(EAGAIN, "try again"),
          Map.entry(12, "out of memory"),
          Map.entry(13, "permission denied"),
          Map.entry(16, "busy"),
          Map.entry(EEXIST, "exists already"),
          Map.entry(EXDEV, "crosses a filesystem or leaves its root"),
          Map.entry(ENOTDIR, "not a folder"),
          Map.entry(EISDIR, "is a folder"),
          Map.entry(EINVAL, "invalid argument"),
          Map.entry(23, "too many open files on the host"),
          Map.entry(24, "too many open files"),
          Map.entry(27, "file too large"),
          Map.entry(ENOSPC, "no space left on device"),
          Map.entry(30, "read-only filesystem"),
          Map.entry(31, "too many links"),
          Map.entry(ENAMETOOLONG, "name too long"),
          Map.entry(38, "not known to this kernel"),
          Map.entry(ENOTEMPTY, "folder not empty"),
          Map.entry(ELOOP, "goes through a symbolic link"),
          Map.entry(ENODATA, "no such attribute"),
          Map.entry(EOPNOTSUPP, "not supported by this filesystem"),
          Map.entry(EDQUOT, "disk quota exceeded"));

  private Errno() {}

  /** The error in words, with its number. */
  public static String text(int errno) {
    String words = TEXT.get(errno);
    return words == null ? "errno " + errno : words + " (errno " + errno + ")";
  }
}
