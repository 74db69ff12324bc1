package io.crij.image.unpack;

import io.crij.core.Printable;
import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileCalls;
import io.crij.helper.syscall.SyscallException;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.util.Map;

/**
 * What a regular file gets after its content, in the order that the kernel needs: a change of owner takes setuid bits away and a
 * write takes capabilities away.
 *
 * @param chown false if the new file has this owner already
 * @param chmod false if the new file has this mode already
 */
record FileAttributes(
    int uid, int gid, boolean chown, int mode, boolean chmod, Map<String, byte[]> extended, long seconds, int nanos) {
  /** What any file system has room for, and what an attribute without a value takes of it, its name among it. */
  private static final int ATTRIBUTES_AT_LEAST = 3500;

  private static final int ATTRIBUTE_BYTES = 16;

  void apply(FileCalls calls, Fd file) throws IOException {
    if (chown) {
      calls.chown(file, uid, gid);
    }
    if (chmod) {
      calls.chmod(file, mode);
    }
    for (Map.Entry<String, byte[]> attribute : extended.entrySet()) {
      try {
        calls.setAttribute(file, Names.bytes(attribute.getKey()), attribute.getValue());
      } catch (SyscallException e) {
        refused(e, attribute.getKey(), extended);
      }
    }
    calls.setTime(file, seconds, nanos);
  }

  /**
   * What follows from an attribute that the kernel did not take: nothing if the file system has no such attributes, and for EPERM,
   * which it answers to user.* on links and devices (containerd passes over both, too).
   *
   * @param all that the file gets; ext4 says "no space" when they do not fit into its one block for them
   */
  static void refused(SyscallException e, String name, Map<String, byte[]> all) throws IOException {
    switch (e.errno()) {
      case Errno.EOPNOTSUPP, Errno.EPERM -> {}
      case Errno.EINVAL, Errno.ERANGE ->
          throw new HostileContentException("a file has the extended attribute '" + Printable.of(name) + "' with a value that the kernel does not take");
      case Errno.ENOSPC, Errno.E2BIG, Errno.EDQUOT -> {
        if (e.errno() != Errno.E2BIG && all.values().stream().mapToInt(value -> value.length + ATTRIBUTE_BYTES).sum() < ATTRIBUTES_AT_LEAST) {
          throw e; // The disk is full.
        }
        throw new HostileContentException("a file has " + all.size() + " extended attributes, more than the file system takes for one file");
      }
      default -> throw e;
    }
  }
}
