package io.crij.image.unpack;

import java.util.List;
import java.util.Map;

/**
 * One entry of a tar archive after all extension headers were applied. Names and values are bytes, as stored.
 *
 * @param link target of a hard or symbolic link, else empty
 * @param mode the lower 12 bits
 * @param size bytes of content that the reader will deliver for a regular file, holes not counted
 * @param realSize size of the file on disk, holes counted
 * @param chunks where the content goes when the file is sparse, in order and not overlapping; else empty
 * @param attributes extended attributes; the key is its name in ISO-8859-1, which keeps every byte
 */
public record TarEntry(
    Type type,
    byte[] path,
    byte[] link,
    int mode,
    int uid,
    int gid,
    long size,
    long realSize,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor,
    List<Chunk> chunks,
    Map<String, byte[]> attributes) {
  public enum Type {
    FILE,
    HARD_LINK,
    SYMBOLIC_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    FOLDER,
    FIFO
  }

  /** A run of content at an offset of the file. */
  public record Chunk(long offset, long length) {}
}
