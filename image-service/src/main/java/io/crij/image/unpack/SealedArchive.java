package io.crij.image.unpack;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Open;
import io.crij.helper.syscall.SyscallException;
import io.crij.helper.syscall.Syscalls;
import io.crij.image.content.Digest;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A layer's archive again, out of its folder and its seal. For one thread. */
public final class SealedArchive extends InputStream {
  /** Folder and seal do not go together. */
  public static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedException(String what) {
      super(what);
    }
  }

  /**
   * A file that is in no archive.
   *
   * @param digest of its content
   */
  record Copy(String path, Digest digest) {}

  /** The seal is whole, and of a release that did not write down what was copied out of layers below. */
  static final class NoCopiesException extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final int BUFFER_BYTES = 256 << 10;
  private static final int RUNS_MAX = 1 << 20;
  private static final long RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS | Open.RESOLVE_NO_XDEV;

  private final Fd folder;
  private final DataInputStream seal;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES);
  private final Deque<TarEntry.Chunk> runs = new ArrayDeque<>();
  private String path = "";
  private @Nullable Fd file;
  private int bytesLeft;
  private long at;
  private long runLeft;
  private boolean ended;
  private boolean copiesBegan;

  public SealedArchive(Path seal, Fd folder) throws IOException {
    this.folder = folder;
    this.seal = open(seal);
  }

  /** How many bytes the archive has. Reads the seal alone, not the files. */
  public static long size(Path seal) throws IOException {
    long size = 0;
    try (DataInputStream in = open(seal)) {
      while (true) {
        switch (in.readByte()) {
          case SealWriter.END -> {
            return size;
          }
          case SealWriter.BYTES -> {
            int length = in.readInt();
            in.skipNBytes(length);
            size += length;
          }
          case SealWriter.FILE -> {
            in.skipNBytes(in.readInt());
            for (int runs = in.readInt(); runs > 0; runs--) {
              in.readLong();
              size += in.readLong();
            }
          }
          default -> throw new DamagedException("its seal is no seal");
        }
      }
    } catch (EOFException | ZstdIOException e) {
      throw new DamagedException("its seal is cut off");
    } catch (NoSuchFileException e) {
      throw new DamagedException("its seal is missing");
    }
  }

  private static DataInputStream open(Path seal) throws IOException {
    return new DataInputStream(new BufferedInputStream(new ZstdInputStreamNoFinalizer(Files.newInputStream(seal)), 64 << 10));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    while (!ended) {
      if (bytesLeft > 0) {
        int count = readSeal(into, offset, Math.min(length, bytesLeft));
        if (count < 0) {
          throw new DamagedException("its seal is cut off");
        }
        bytesLeft -= count;
        return count;
      }
      if (runLeft > 0) {
        return readFile(into, offset, length);
      }
      next();
    }
    return -1;
  }

  private int readSeal(byte[] into, int offset, int length) throws IOException {
    try {
      return seal.read(into, offset, length);
    } catch (ZstdIOException e) {
      throw new DamagedException("its seal is broken: " + e.getMessage());
    }
  }

  private int readFile(byte[] into, int offset, int length) throws IOException {
    Fd open = file;
    if (open == null) {
      throw new IllegalStateException("no file is open");
    }
    int wanted = (int) Math.min(Math.min(length, BUFFER_BYTES), runLeft);
    int count = (int) Syscalls.pread(open, buffer.asSlice(0, wanted), at);
    if (count == 0) {
      throw new DamagedException("its file '" + printable() + "' is too short");
    }
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, into, offset, count);
    at += count;
    runLeft -= count;
    return count;
  }

  private void next() throws IOException {
    TarEntry.Chunk run = runs.poll();
    if (run != null) {
      at = run.offset();
      runLeft = run.length();
      return;
    }
    closeFile();
    try {
      switch (seal.readByte()) {
        case SealWriter.END -> ended = true;
        case SealWriter.BYTES -> {
          bytesLeft = seal.readInt();
          if (bytesLeft < 0) {
            throw new DamagedException("its seal is no seal");
          }
        }
        case SealWriter.FILE -> open();
        default -> throw new DamagedException("its seal is no seal");
      }
    } catch (EOFException | ZstdIOException e) {
      throw new DamagedException("its seal is cut off");
    }
  }

  private void open() throws IOException {
    int length = seal.readInt();
    if (length < 0 || length > Names.PATH_MAX) {
      throw new DamagedException("its seal is no seal");
    }
    path = Names.text(seal.readNBytes(length));
    int count = seal.readInt();
    if (count < 0 || count > RUNS_MAX) {
      throw new DamagedException("its seal is no seal");
    }
    for (int i = 0; i < count; i++) {
      TarEntry.Chunk run = new TarEntry.Chunk(seal.readLong(), seal.readLong());
      if (run.offset() < 0 || run.length() < 0) {
        throw new DamagedException("its seal is no seal");
      }
      runs.add(run);
    }
    openFile();
  }

  /**
   * After the archive's end, in the seal of a layer that was finished with those below it: the next file that is a copy out of one of
   * them; null if there is no more.
   *
   * @throws NoCopiesException if the seal ends with the archive, as those of the first release do
   */
  @Nullable Copy nextCopy() throws IOException {
    try {
      int part = seal.read();
      if (part < 0) {
        throw copiesBegan ? new DamagedException("its seal is cut off") : new NoCopiesException();
      }
      copiesBegan = true;
      if (part == SealWriter.END) {
        return null;
      }
      int length = seal.readInt();
      if (part != SealWriter.COPY || length < 0 || length > Names.PATH_MAX) {
        throw new DamagedException("its seal is no seal");
      }
      String name = Names.text(seal.readNBytes(length));
      Optional<Digest> digest = Digest.parse(seal.readUTF());
      return new Copy(name, digest.orElseThrow(() -> new DamagedException("its seal is no seal")));
    } catch (EOFException | UTFDataFormatException | ZstdIOException e) {
      throw new DamagedException("its seal is cut off");
    }
  }

  /** The digest of a file of the layer. */
  Digest digestOf(String name) throws IOException {
    path = name;
    closeFile();
    Fd open = openFile();
    MessageDigest digest = Digest.sha256();
    long offset = 0;
    for (long count = Syscalls.pread(open, buffer, offset); count > 0; count = Syscalls.pread(open, buffer, offset)) {
      digest.update(buffer.asSlice(0, count).asByteBuffer());
      offset += count;
    }
    return Digest.finish(digest);
  }

  private Fd openFile() throws DamagedException {
    try {
      Fd opened = Syscalls.openat2(folder, Names.bytes(path), Open.READ | Open.NOFOLLOW | Open.NONBLOCK, 0, RESOLVE);
      file = opened;
      return opened;
    } catch (SyscallException e) {
      throw new DamagedException("its file '" + printable() + "' cannot be read: " + e.getMessage());
    }
  }

  private String printable() {
    return Names.printable(Names.bytes(path));
  }

  private void closeFile() {
    if (file != null) {
      file.close();
      file = null;
    }
  }

  @Override
  public void close() throws IOException {
    closeFile();
    if (arena.scope().isAlive()) {
      arena.close();
    }
    seal.close();
  }
}
