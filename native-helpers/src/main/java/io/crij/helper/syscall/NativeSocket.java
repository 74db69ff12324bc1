package io.crij.helper.syscall;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A socket(2) of a kind that the JDK has no class for. For one thread at a time. Calls that a signal interrupts are made again. */
public final class NativeSocket implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETSOCKOPT = bind("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SENDTO = bind("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RECV = bind("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);

  private static final int SOCK_CLOEXEC = 02000000;
  private static final int MSG_NOSIGNAL = 0x4000;

  private final String name;
  private final MemorySegment errno;
  private final int number;

  private interface Call {
    long run() throws Throwable;
  }

  /**
   * @param name of the family, for messages
   * @param arena outlives the socket
   */
  public NativeSocket(String name, Arena arena, int family, int type, int protocol) throws IOException {
    this.name = name;
    this.errno = arena.allocate(Linker.Option.captureStateLayout());
    this.number = (int) call("socket", () -> (int) SOCKET.invokeExact(errno, family, type | SOCK_CLOEXEC, protocol));
  }

  public void setOption(int level, int option, MemorySegment value) throws IOException {
    int size = (int) value.byteSize();
    call("setsockopt", () -> (int) SETSOCKOPT.invokeExact(errno, number, level, option, value, size));
  }

  /** To whom the socket leads by itself. */
  public void send(MemorySegment message) throws IOException {
    sendTo(message, MemorySegment.NULL);
  }

  /** @param address a sockaddr of the family, as long as it is */
  public void sendTo(MemorySegment message, MemorySegment address) throws IOException {
    long size = message.byteSize();
    int length = (int) address.byteSize();
    call("send", () -> (long) SENDTO.invokeExact(errno, number, message, size, MSG_NOSIGNAL, address, length));
  }

  /** Returns how many bytes came. */
  public long receive(MemorySegment into) throws IOException {
    long size = into.byteSize();
    return call("recv", () -> (long) RECV.invokeExact(errno, number, into, size, 0));
  }

  /** Never made again: Linux has let go of the number even when a signal interrupts the call, and somebody else may have it. */
  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(errno, number);
    } catch (Throwable e) {
      throw new AssertionError("close cannot be called", e);
    }
  }

  private long call(String what, Call call) throws IOException {
    while (true) {
      long result;
      try {
        result = call.run();
      } catch (Throwable e) {
        throw new AssertionError(what + " cannot be called", e);
      }
      if (result >= 0) {
        return result;
      }
      int error = errno.get(JAVA_INT, 0);
      if (error != Errno.EINTR) {
        throw new IOException(name + " " + what + " failed: " + Errno.text(error));
      }
    }
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }
}
