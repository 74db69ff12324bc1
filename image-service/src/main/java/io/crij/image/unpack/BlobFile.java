package io.crij.image.unpack;

import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A blob that becomes one file, in a layer of its own. Its seal says that the layer's archive is the file's content, so a check or a save
 * of the layer is that of the blob. The file is root's with mode 0644 and the time 0: a blob has none of these.
 */
final class BlobFile {
  private static final int BLOCK_BYTES = 4096;
  private static final int FOLDER_MODE = 0755;
  private static final int FILE_MODE = 0644;
  private static final long RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;

  private BlobFile() {}

  /**
   * Writes what comes through the pipe below an empty folder.
   *
   * @param path relative, without {@code ..}; its folders are made
   */
  static UnpackedLayer write(ChunkPipe in, ChunkPool pool, String path, Fd folder, Path sealFile) throws IOException {
    String name = Names.text(path.getBytes(StandardCharsets.UTF_8));
    List<String> components = Names.components(Names.bytes(name));
    List<Fd> opened = new ArrayList<>();
    try (SealWriter seal = new SealWriter(sealFile)) {
      Fd parent = folder;
      for (String component : components.subList(0, components.size() - 1)) {
        byte[] child = Names.bytes(component);
        Syscalls.mkdirat(parent, child, FOLDER_MODE);
        Syscalls.fchmodat(parent, child, FOLDER_MODE);
        Syscalls.lchownat(parent, child, 0, 0);
        parent = Syscalls.openat2(parent, child, Open.READ | Open.FOLDER | Open.NOFOLLOW, 0, RESOLVE);
        opened.add(parent);
      }
      byte[] last = Names.bytes(components.getLast());
      long size = 0;
      try (Fd file = Syscalls.openat2(parent, last, Open.WRITE | Open.CREATE | Open.EXCLUSIVE | Open.NOFOLLOW, FILE_MODE, RESOLVE)) {
        for (Chunk chunk = in.take(); chunk != null; chunk = in.take()) {
          int count = chunk.bytes().remaining();
          try {
            Syscalls.pwriteAll(file, chunk.rest(), count, size);
          } finally {
            pool.give(chunk);
          }
          size += count;
        }
        Syscalls.fchown(file, 0, 0);
        Syscalls.fchmod(file, FILE_MODE);
      }
      Syscalls.utimensat(parent, last, 0, 0);
      seal.content(name, List.of(new TarEntry.Chunk(0, size)));
      seal.finish();
      long blocks = (size + BLOCK_BYTES - 1) / BLOCK_BYTES + components.size();
      return new UnpackedLayer(blocks * BLOCK_BYTES, components.size() + 1L, null, List.of(), Map.of(), true);
    } finally {
      opened.forEach(Fd::close);
      in.closeReader();
    }
  }
}
