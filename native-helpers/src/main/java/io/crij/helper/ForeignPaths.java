package io.crij.helper;

import java.io.IOException;
import java.time.Duration;

/** Calls on paths that others mounted and that may hang (a dead NFS server): made by a child that can be killed. */
public interface ForeignPaths {
  /**
   * Follows symbolic links.
   *
   * @throws LaunchFailure with the errno: ENOENT, or ETIMEDOUT when it hung for longer than the deadline
   */
  PathFacts stat(String path, Duration deadline) throws IOException;

  /**
   * Makes the folder and its missing parents, mode 0755; fine if it is there.
   *
   * @throws LaunchFailure with the errno, ETIMEDOUT when it hung for longer than the deadline
   */
  PathFacts mkdirs(String path, Duration deadline) throws IOException;

  /** What stat(2) says: {@code st_mode}, {@code st_dev}, {@code st_ino} and {@code st_rdev}. */
  record PathFacts(int mode, long device, long inode, long rdev) {
    private static final int TYPE = 0xF000;

    public boolean isFolder() {
      return (mode & TYPE) == 0x4000;
    }

    public boolean isFile() {
      return (mode & TYPE) == 0x8000;
    }

    public boolean isCharacterDevice() {
      return (mode & TYPE) == 0x2000;
    }

    public boolean isBlockDevice() {
      return (mode & TYPE) == 0x6000;
    }

    public boolean isFifo() {
      return (mode & TYPE) == 0x1000;
    }

    public boolean isSocket() {
      return (mode & TYPE) == 0xC000;
    }
  }
}
