package io.crij.image;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.SyscallException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** Tells a disk that is full from one that is broken. */
final class DiskSpace {
  private DiskSpace() {}

  static boolean isExhausted(IOException e) {
    return switch (e) {
      case SyscallException call -> call.errno() == Errno.ENOSPC || call.errno() == Errno.EDQUOT;
      case FileSystemException file -> String.valueOf(file.getReason()).contains("No space left");
      default -> String.valueOf(e.getMessage()).contains("No space left"); // a write to an open file has no type of its own
    };
  }
}
