package io.crij.helper.inflate;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.Answer.LONG;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.crij.helper.syscall.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/**
 * Decompresses zstd frames with the host's own library, by the stable part of {@code zstd.h}. Debian builds it for the processor's
 * faster instructions and with hand-written loops, and a frame's own checksum is not computed: whoever reads this checks a better one.
 *
 * <p>{@link #open} is empty where {@code libzstd.so.1} of 1.4.0 or later is missing. For one thread.
 */
public final class HostZstd implements AutoCloseable {
  /** The data are invalid, or ask for a window above the library's limit of 128 MiB. */
  public static final class BrokenStreamException extends java.io.IOException {
    private static final long serialVersionUID = 1;

    BrokenStreamException(String why) {
      super(why);
    }
  }

  /** The first release in which all that is called here is stable. */
  private static final int VERSION_MIN = 10_400;
  /** {@code ZSTD_d_forceIgnoreChecksum}; a release that does not know it says so, and computes the checksum. */
  private static final int IGNORE_CHECKSUM = 1002;
  // struct ZSTD_inBuffer_s and ZSTD_outBuffer_s: { void* ; size_t size; size_t pos; }
  private static final long BUFFER_BYTES = 24;
  private static final long SIZE = 8;
  private static final long POSITION = 16;

  private record Functions(
      NativeFunction create,
      NativeFunction free,
      NativeFunction set,
      NativeFunction decompress,
      NativeFunction isError,
      NativeFunction errorName) {}

  /** Loaded once, when the first layer needs it. */
  private static final class Library {
    static final Optional<Functions> FUNCTIONS = load();
  }

  private final Functions functions;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment in = arena.allocate(BUFFER_BYTES, 8);
  private final MemorySegment out = arena.allocate(BUFFER_BYTES, 8);
  private final long context;

  private HostZstd(Functions functions) {
    this.functions = functions;
    context = functions.create.call();
    if (context == 0) {
      arena.close();
      throw new OutOfMemoryError("libzstd has no memory for a stream");
    }
    functions.set.call(context, IGNORE_CHECKSUM, 1);
  }

  /** A new stream, or nothing where the library cannot be used. */
  public static Optional<HostZstd> open() {
    return Library.FUNCTIONS.map(HostZstd::new);
  }

  /**
   * Decompresses from {@code input} into {@code output}, both native memory, until one of them is used up or a frame ends.
   */
  public Moved decompress(MemorySegment input, MemorySegment output) throws BrokenStreamException {
    in.set(ADDRESS, 0, input);
    in.set(JAVA_LONG, SIZE, input.byteSize());
    in.set(JAVA_LONG, POSITION, 0);
    out.set(ADDRESS, 0, output);
    out.set(JAVA_LONG, SIZE, output.byteSize());
    out.set(JAVA_LONG, POSITION, 0);
    long left = functions.decompress.call(context, pointer(out), pointer(in));
    if (functions.isError.call(left) != 0) {
      MemorySegment name = MemorySegment.ofAddress(functions.errorName.call(left));
      throw new BrokenStreamException(name.reinterpret(256).getString(0));
    }
    return new Moved((int) in.get(JAVA_LONG, POSITION), (int) out.get(JAVA_LONG, POSITION), left == 0);
  }

  /**
   * What one call did.
   *
   * @param taken bytes of the input
   * @param written bytes of the output
   * @param ended whether a frame ended, and nothing of it is held back
   */
  public record Moved(int taken, int written, boolean ended) {}

  @Override
  public void close() {
    functions.free.call(context);
    arena.close();
  }

  private static Optional<Functions> load() {
    try {
      SymbolLookup library = SymbolLookup.libraryLookup("libzstd.so.1", Arena.global());
      NativeFunction version = NativeFunction.of(library, "ZSTD_versionNumber", INT);
      if (version.call() < VERSION_MIN) {
        return Optional.empty();
      }
      return Optional.of(
          new Functions(
              NativeFunction.of(library, "ZSTD_createDCtx", LONG),
              NativeFunction.of(library, "ZSTD_freeDCtx", LONG),
              NativeFunction.of(library, "ZSTD_DCtx_setParameter", LONG),
              NativeFunction.of(library, "ZSTD_decompressStream", LONG),
              NativeFunction.of(library, "ZSTD_isError", INT),
              NativeFunction.of(library, "ZSTD_getErrorName", LONG)));
    } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
      return Optional.empty(); // not installed, or something else by that name
    }
  }
}
