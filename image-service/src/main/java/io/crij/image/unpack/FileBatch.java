package io.crij.image.unpack;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.FileCalls;
import io.crij.image.content.HostileContentException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Small files that were made and are still empty, with their content. Whoever fills them closes them. */
final class FileBatch {
  /** A larger file is written by the thread that reads the archive, from where its content lies. */
  static final int CONTENT_MAX = 64 << 10;

  private static final int FILES = 32;

  private record File(Fd fd, int offset, int length, FileAttributes attributes) {}

  private final Chunk chunk;
  private final List<File> files = new ArrayList<>(FILES);
  private int used;

  /** @param chunk its memory is used until the last call of a method */
  FileBatch(Chunk chunk) {
    this.chunk = chunk;
  }

  Chunk chunk() {
    return chunk;
  }

  boolean hasRoom(long length) {
    return files.size() < FILES && used + length <= ChunkPool.CHUNK_BYTES;
  }

  /** Takes the file over, whatever happens, with the content of the archive's current entry. */
  void add(Fd fd, TarEntry entry, TarReader archive, FileAttributes attributes) throws IOException {
    int length = (int) entry.size();
    files.add(new File(fd, used, length, attributes));
    int end = used + length;
    while (used < end) {
      MemorySegment run = archive.run(end - used);
      if (run == null) {
        throw new HostileContentException("an archive entry is shorter than it says");
      }
      MemorySegment.copy(run, 0, chunk.memory(), used, run.byteSize());
      used += (int) run.byteSize();
    }
  }

  /** Fills and closes all files; the batch is empty after it, also if it throws. */
  void write(FileCalls calls) throws IOException {
    try {
      for (File file : files) {
        if (file.length > 0) {
          calls.writeAll(file.fd, chunk.memory().asSlice(file.offset, file.length), 0);
        }
        file.attributes.apply(calls, file.fd);
        file.fd.close();
      }
    } finally {
      close();
    }
  }

  /** Closes the files as they are. */
  void close() {
    files.forEach(file -> file.fd.close());
    files.clear();
    used = 0;
  }
}
