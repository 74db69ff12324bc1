package io.crij.image.unpack;

import io.crij.image.content.HostileContentException;

/** What follows the header of a gzip member: the data, their checksum and their length, both checked. */
interface GzipBody extends AutoCloseable {
  /**
   * Takes from {@code in} and adds to {@code out} until one of them is used up or the member ends.
   *
   * @return true if it ended; the next call begins with the next member
   */
  boolean inflate(Chunk in, Chunk out) throws HostileContentException;

  @Override
  void close();

  static HostileContentException broken(String why) {
    return new HostileContentException("its gzip stream is broken: " + why);
  }
}
