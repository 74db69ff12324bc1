package io.crij.image;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.SyscallException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** Tells a disk that is full, or that takes no writes, from one that is broken. */
final class DiskSpace {
  private static final String BROKEN = "Input/output error";
  private static final String READ_ONLY = "Read-only file system";

  private DiskSpace() {}

  /** Whether the file system is mounted read-only: by its owner, or by the kernel after an error. */
  static boolean isReadOnly(IOException e) {
    return switch (e) {
      case SyscallException call -> call.errno() == Errno.EROFS;
      case FileSystemException file -> String.valueOf(file.getReason()).contains(READ_ONLY);
      default -> String.valueOf(e.getMessage()).contains(READ_ONLY);
    };
  }

  /** Whether the disk itself failed. */
  static boolean isBroken(IOException e) {
    return switch (e) {
      case SyscallException call -> call.errno() == Errno.EIO;
      case FileSystemException file -> String.valueOf(file.getReason()).contains(BROKEN);
      default -> String.valueOf(e.getMessage()).contains(BROKEN);
    };
  }

  static boolean isExhausted(IOException e) {
    return switch (e) {
      case SyscallException call -> call.errno() == Errno.ENOSPC || call.errno() == Errno.EDQUOT;
      case FileSystemException file -> String.valueOf(file.getReason()).contains("No space left");
      default -> String.valueOf(e.getMessage()).contains("No space left"); // a write to an open file has no type of its own
    };
  }
}
