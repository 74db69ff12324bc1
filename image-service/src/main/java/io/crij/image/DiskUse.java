package io.crij.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What something takes on disk.
 *
 * @param bytes in whole blocks
 * @param inodes files and folders
 */
record DiskUse(long bytes, long inodes) {
  static final int BLOCK = 4096;
  static final DiskUse NONE = new DiskUse(0, 0);

  DiskUse plus(DiskUse other) {
    return new DiskUse(bytes + other.bytes, inodes + other.inodes);
  }

  /** Bytes of the blocks that a file of this length has. */
  static long blocks(long length) {
    return (length + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** The folder itself, whatever is in it; nothing if there is none. */
  static DiskUse ofFolder(Path folder) {
    return ofOne(folder);
  }

  /** The folder and the files in it; what lies in folders of it is not looked at. */
  static DiskUse ofFiles(Path folder) {
    DiskUse use = ofOne(folder);
    try {
      for (Path file : LayerStore.children(folder)) {
        use = use.plus(Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? NONE : ofOne(file));
      }
    } catch (NoSuchFileException e) {
      return NONE;
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return use; // a count is no reason to fail
    }
    return use;
  }

  private static DiskUse ofOne(Path file) {
    try {
      return new DiskUse(blocks(Files.size(file)), 1);
    } catch (IOException e) {
      return NONE; // it went meanwhile
    }
  }
}
