package io.crij.image.unpack;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileCalls;
import io.crij.helper.syscall.SyscallException;
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
  void apply(FileCalls calls, Fd file) throws SyscallException {
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
        if (!passedOver(e)) {
          throw e;
        }
      }
    }
    calls.setTime(file, seconds, nanos);
  }

  /** EPERM is what the kernel answers to user.* on links and devices; containerd passes over both, too. */
  static boolean passedOver(SyscallException e) {
    return e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EPERM;
  }
}
