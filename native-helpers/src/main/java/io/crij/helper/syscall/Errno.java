package io.crij.helper.syscall;

import java.util.HashMap;
import java.util.Map;

/**
 * Linux error numbers by name and in words (asm-generic/errno-base.h and errno.h: x86-64 and arm64 alike). Those have a constant on
 * which somebody decides.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int E2BIG = 7;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EFBIG = 27;
  public static final int EIO = 5;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EPROTO = 71;
  public static final int EOPNOTSUPP = 95;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EALREADY = 114;
  public static final int EDQUOT = 122;

  private static final Map<Integer, Entry> ENTRIES = entries();

  private Errno() {}

  /** The name, e.g. {@code ENOENT}; {@code errno N} for a number without an entry, empty for 0. */
  public static String name(int errno) {
    Entry entry = ENTRIES.get(errno);
    return entry != null ? entry.name : errno == 0 ? "" : "errno " + errno;
  }

  /** The meaning in words. */
  public static String explain(int errno) {
    Entry entry = ENTRIES.get(errno);
    return entry != null ? entry.meaning : "an error of the kernel";
  }

  /** Meaning and name, e.g. {@code no space left on device (ENOSPC)}. */
  public static String text(int errno) {
    return explain(errno) + " (" + name(errno) + ")";
  }

  private record Entry(String name, String meaning) {}

  private static Map<Integer, Entry> entries() {
    Map<Integer, Entry> entries = new HashMap<>();
    entries.put(1, new Entry("EPERM", "operation not permitted"));
    entries.put(2, new Entry("ENOENT", "no such file or directory"));
    entries.put(3, new Entry("ESRCH", "no such process"));
    entries.put(4, new Entry("EINTR", "interrupted system call"));
    entries.put(5, new Entry("EIO", "input/output error"));
    entries.put(6, new Entry("ENXIO", "no such device or address"));
    entries.put(7, new Entry("E2BIG", "argument list too long"));
    entries.put(8, new Entry("ENOEXEC", "exec format error"));
    entries.put(9, new Entry("EBADF", "bad file descriptor"));
    entries.put(10, new Entry("ECHILD", "no child processes"));
    entries.put(11, new Entry("EAGAIN", "resource temporarily unavailable"));
    entries.put(12, new Entry("ENOMEM", "cannot allocate memory"));
    entries.put(13, new Entry("EACCES", "permission denied"));
    entries.put(14, new Entry("EFAULT", "bad address"));
    entries.put(15, new Entry("ENOTBLK", "block device required"));
    entries.put(16, new Entry("EBUSY", "device or resource busy"));
    entries.put(17, new Entry("EEXIST", "file exists"));
    entries.put(18, new Entry("EXDEV", "invalid cross-device link"));
    entries.put(19, new Entry("ENODEV", "no such device"));
    entries.put(20, new Entry("ENOTDIR", "not a directory"));
    entries.put(21, new Entry("EISDIR", "is a directory"));
    entries.put(22, new Entry("EINVAL", "invalid argument"));
    entries.put(23, new Entry("ENFILE", "too many open files in system"));
    entries.put(24, new Entry("EMFILE", "too many open files"));
    entries.put(25, new Entry("ENOTTY", "inappropriate ioctl for device"));
    entries.put(26, new Entry("ETXTBSY", "text file busy"));
    entries.put(27, new Entry("EFBIG", "file too large"));
    entries.put(28, new Entry("ENOSPC", "no space left on device"));
    entries.put(29, new Entry("ESPIPE", "illegal seek"));
    entries.put(30, new Entry("EROFS", "read-only file system"));
    entries.put(31, new Entry("EMLINK", "too many links"));
    entries.put(32, new Entry("EPIPE", "broken pipe"));
    entries.put(33, new Entry("EDOM", "numerical argument out of domain"));
    entries.put(34, new Entry("ERANGE", "numerical result out of range"));
    entries.put(35, new Entry("EDEADLK", "resource deadlock avoided"));
    entries.put(36, new Entry("ENAMETOOLONG", "file name too long"));
    entries.put(38, new Entry("ENOSYS", "function not implemented"));
    entries.put(39, new Entry("ENOTEMPTY", "directory not empty"));
    entries.put(40, new Entry("ELOOP", "too many levels of symbolic links"));
    entries.put(61, new Entry("ENODATA", "no data available"));
    entries.put(67, new Entry("ENOLINK", "link has been severed"));
    entries.put(71, new Entry("EPROTO", "protocol error"));
    entries.put(74, new Entry("EBADMSG", "bad message"));
    entries.put(75, new Entry("EOVERFLOW", "value too large for defined data type"));
    entries.put(80, new Entry("ELIBBAD", "accessing a corrupted shared library"));
    entries.put(87, new Entry("EUSERS", "too many users"));
    entries.put(90, new Entry("EMSGSIZE", "message too long"));
    entries.put(95, new Entry("EOPNOTSUPP", "operation not supported"));
    entries.put(98, new Entry("EADDRINUSE", "address already in use"));
    entries.put(100, new Entry("ENETDOWN", "network is down"));
    entries.put(104, new Entry("ECONNRESET", "connection reset by peer"));
    entries.put(107, new Entry("ENOTCONN", "transport endpoint is not connected"));
    entries.put(110, new Entry("ETIMEDOUT", "connection timed out"));
    entries.put(111, new Entry("ECONNREFUSED", "connection refused"));
    entries.put(114, new Entry("EALREADY", "operation already in progress"));
    entries.put(115, new Entry("EINPROGRESS", "operation now in progress"));
    entries.put(116, new Entry("ESTALE", "stale file handle"));
    entries.put(121, new Entry("EREMOTEIO", "remote I/O error"));
    entries.put(122, new Entry("EDQUOT", "disk quota exceeded"));
    entries.put(125, new Entry("ECANCELED", "operation canceled"));
    entries.put(126, new Entry("ENOKEY", "required key not available"));
    entries.put(129, new Entry("EKEYREJECTED", "key was rejected by service"));
    return entries;
  }
}
