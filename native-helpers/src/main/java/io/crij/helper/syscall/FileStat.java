package io.crij.helper.syscall;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permission bits, as {@code st_mode}
 * @param blocks 512-byte blocks on disk
 */
public record FileStat(
    int mode,
    int uid,
    int gid,
    long inode,
    long links,
    long size,
    long blocks,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor) {
  public static final int TYPE_MASK = 0170000;
  public static final int SOCKET = 0140000;
  public static final int SYMLINK = 0120000;
  public static final int REGULAR = 0100000;
  public static final int BLOCK_DEVICE = 0060000;
  public static final int FOLDER = 0040000;
  public static final int CHARACTER_DEVICE = 0020000;
  public static final int FIFO = 0010000;

  public int type() {
    return mode & TYPE_MASK;
  }

  public int permissions() {
    return mode & 07777;
  }

  public boolean isFolder() {
    return type() == FOLDER;
  }

  public boolean isRegular() {
    return type() == REGULAR;
  }

  /** A character device 0/0: overlay's mark for a deleted name. */
  public boolean isWhiteout() {
    return type() == CHARACTER_DEVICE && deviceMajor == 0 && deviceMinor == 0;
  }
}
