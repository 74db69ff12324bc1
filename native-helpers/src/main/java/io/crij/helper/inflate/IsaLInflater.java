package io.crij.helper.inflate;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.crij.helper.syscall.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/**
 * Inflates the bodies of gzip members, one after the other, with Intel's ISA-L ({@code igzip_lib.h}), two to four times as fast as
 * zlib. A body is what follows the header: the data with the checksum and the length behind them, which are checked. Headers
 * are the caller's: release 2.30 loses its place in one that comes in pieces.
 *
 * <p>Only {@code libisal.so.2} is taken: the layout of its state is what this class knows. {@link #open} is empty where the
 * library is missing or does not inflate a known stream as it must. For the thread that opened it.
 */
public final class IsaLInflater implements AutoCloseable {
  /** The data are invalid or their checksum is wrong. */
  public static final class BrokenStreamException extends java.io.IOException {
    private static final long serialVersionUID = 1;

    BrokenStreamException(String why) {
      super(why);
    }
  }

  /** {@code sizeof(struct inflate_state)} is 87,368 bytes in 2.30; more is left for later releases of the same ABI. */
  private static final long STATE_BYTES = 128 << 10;
  private static final long NEXT_OUT = 0;
  private static final long AVAIL_OUT = 8;
  private static final long NEXT_IN = 16;
  private static final long AVAIL_IN = 32;
  private static final long BLOCK_STATE = 21_160;
  private static final long CRC_FLAG = 21_172;
  private static final int INCORRECT_CHECKSUM = -6;
  private static final int BLOCK_FINISH = 5;
  /** {@code ISAL_GZIP_NO_HDR_VER} */
  private static final int BODY = 6;

  private record Functions(NativeFunction init, NativeFunction reset, NativeFunction inflate) {}

  /** Loaded once, when the first layer needs it. */
  private static final class Library {
    static final Optional<Functions> FUNCTIONS = load().filter(KnownStream::isInflated);
  }

  private final Functions functions;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment state = arena.allocate(STATE_BYTES, 64);

  private IsaLInflater(Functions functions) {
    this.functions = functions;
    functions.init.call(pointer(state));
    state.set(JAVA_INT, CRC_FLAG, BODY);
  }

  /** A new inflater, or nothing where the library cannot be used. */
  public static Optional<IsaLInflater> open() {
    return Library.FUNCTIONS.map(IsaLInflater::new);
  }

  static IsaLInflater of(Object functions) {
    return new IsaLInflater((Functions) functions);
  }

  /**
   * Inflates from {@code input} into {@code output}, both native memory, until one of them is used up or the body ends.
   *
   * @return bytes taken from the input in the upper, bytes written in the lower 32 bits
   */
  public long inflate(MemorySegment input, MemorySegment output) throws BrokenStreamException {
    int offered = Math.toIntExact(input.byteSize());
    int room = Math.toIntExact(output.byteSize());
    state.set(ADDRESS, NEXT_IN, input);
    state.set(JAVA_INT, AVAIL_IN, offered);
    state.set(ADDRESS, NEXT_OUT, output);
    state.set(JAVA_INT, AVAIL_OUT, room);
    int result = (int) functions.inflate.call(pointer(state));
    if (result < 0) {
      throw new BrokenStreamException(
result == INCORRECT_CHECKSUM ? "its checksum is wrong" : "its data are invalid");
    }
    return (long) (offered - state.get(JAVA_INT, AVAIL_IN)) << 32 | (room - state.get(JAVA_INT, AVAIL_OUT));
  }

  /** True when the last byte was delivered and the checksum was right. */
  public boolean isFinished() {
    return state.get(JAVA_INT, BLOCK_STATE) == BLOCK_FINISH;
  }

  /** Begins with the next body. */
  public void next() {
    functions.reset.call(pointer(state));
    state.set(JAVA_INT, CRC_FLAG, BODY);
  }

  @Override
  public void close() {
    arena.close();
  }

  private static Optional<Functions> load() {
    try {
      SymbolLookup library = SymbolLookup.libraryLookup("libisal.so.2", Arena.global());
      return Optional.of(
          new Functions(
              NativeFunction.of(library, "isal_inflate_init", INT),
              NativeFunction.of(library, "isal_inflate_reset", INT),
              NativeFunction.of(library, "isal_inflate", INT)));
    } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
      return Optional.empty(); // not installed, or something else by that name
    }
  }
}
