package io.crij.helper.syscall;

import io.crij.core.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A system call failed; {@link #errno()} says why. */
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  SyscallException(String call, byte[] object, int errno) {
    super(call + (object.length == 0 ? "" : " of '" + printable(object) + "'") + " failed: " + Errno.text(errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  private static String printable(byte[] name) {
    String text = new String(name, 0, Math.min(name.length, 200), StandardCharsets.UTF_8);
    return Printable.plain(text);
  }
}
