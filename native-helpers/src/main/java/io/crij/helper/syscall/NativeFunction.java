package io.crij.helper.syscall;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * A C function of up to six arguments, each an integer or a pointer. The linker makes a dozen classes for each list of types that it is
 * asked for, and our sixty functions have thirty lists: so
 * nearly all are called by one, six times {@code long}. The calling conventions of Linux
 * (System V on x86-64, AAPCS64) pass these in registers, look at the lower half where the function takes an {@code int}, and do not
 * mind registers that it does not take.
 */
public final class NativeFunction {
  /** What a function returns. The upper half of an {@code int}'s register means nothing, so -1 would look like a large number. */
  public enum Answer {
    INT,
    LONG
  }

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  /** The one for memory that another thread might give back meanwhile: the linker holds it until the call is over. */
  private static final MethodHandle CALL_WITH_MEMORY =
      LINKER.downcallHandle(
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG), Linker.Option.captureCallState("errno"));

  /** For calls whose errno nobody reads: threads may write over each other. */
  private static final MemorySegment UNREAD = errnoIn(Arena.global());

  private final String name;
  private final MemorySegment function;
  private final Answer answer;

  private NativeFunction(String name, MemorySegment function, Answer answer) {
    this.name = name;
    this.function = function;
    this.answer = answer;
  }

  /** A function of libc. */
  public static NativeFunction ofLibc(String name, Answer answer) {
    return of(LINKER.defaultLookup(), name, answer);
  }

  /**
   * A function of a library that stays loaded.
   *
   * @throws java.util.NoSuchElementException if it has none of that name
   */
  public static NativeFunction of(SymbolLookup library, String name, Answer answer) {
    return new NativeFunction(name, library.findOrThrow(name), answer);
  }

  /** Where a call leaves its errno, as a {@code JAVA_INT} at 0. */
  public static MemorySegment errnoIn(Arena arena) {
    return arena.allocate(Linker.Option.captureStateLayout());
  }

  /**
   * The pointer to native memory, which must live until the call is over.
   *
   * @throws IllegalArgumentException if the segment is a Java array, or is no more
   */
  public static long pointer(MemorySegment memory) {
    if (!memory.isNative() || !memory.scope().isAlive()) {
      throw new IllegalArgumentException("not native memory, or given back: " + memory);
    }
    return memory.address();
  }

  public long call() {
    return call(UNREAD, 0, 0, 0, 0, 0, 0);
  }

  public long call(long a) {
    return call(UNREAD, a, 0, 0, 0, 0, 0);
  }

  public long call(long a, long b) {
    return call(UNREAD, a, b, 0, 0, 0, 0);
  }

  public long call(long a, long b, long c) {
    return call(UNREAD, a, b, c, 0, 0, 0);
  }

  public long call(long a, long b, long c, long d) {
    return call(UNREAD, a, b, c, d, 0, 0);
  }

  public long call(long a, long b, long c, long d, long e) {
    return call(UNREAD, a, b, c, d, e, 0);
  }

  public long call(long a, long b, long c, long d, long e, long f) {
    return call(UNREAD, a, b, c, d, e, f);
  }

  public long call(MemorySegment errno, long a) {
    return call(errno, a, 0, 0, 0, 0, 0);
  }

  public long call(MemorySegment errno, long a, long b) {
    return call(errno, a, b, 0, 0, 0, 0);
  }

  public long call(MemorySegment errno, long a, long b, long c) {
    return call(errno, a, b, c, 0, 0, 0);
  }

  public long call(MemorySegment errno, long a, long b, long c, long d) {
    return call(errno, a, b, c, d, 0, 0);
  }

  public long call(MemorySegment errno, long a, long b, long c, long d, long e) {
    return call(errno, a, b, c, d, e, 0);
  }

  /** @param errno of {@link #errnoIn}: what the function left there, also where it did not fail */
  public long call(MemorySegment errno, long a, long b, long c, long d, long e, long f) {
    try {
      return answered((long) CALL.invokeExact(function, errno, a, b, c, d, e, f));
    } catch (Throwable t) {
      throw new AssertionError(name + " cannot be called", t);
    }
  }

  /** A call whose second argument is memory, held until the call is over. */
  public long callWith(MemorySegment errno, long a, MemorySegment memory, long c, long d) {
    try {
      return answered((long) CALL_WITH_MEMORY.invokeExact(function, errno, a, memory, c, d));
    } catch (Throwable t) {
      throw new AssertionError(name + " cannot be called", t);
    }
  }

  private long answered(long register) {
    return answer == Answer.INT ? (int) register : register;
  }
}
