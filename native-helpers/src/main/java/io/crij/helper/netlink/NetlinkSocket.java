package io.crij.helper.netlink;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/** A netlink(7) socket of the route family in the daemon's own network namespace. For the thread that made it alone. */
final class NetlinkSocket implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETSOCKOPT = bind("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SEND = bind("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECV = bind("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;

  /** More than the kernel puts into one part of a dump. */
  private static final int PART_BYTES = 64 << 10;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = arena.allocate(CAPTURED);
  private final MemorySegment part = arena.allocate(PART_BYTES, 8);
  private final int number;

  private interface Call {
    long run() throws Throwable;
  }

  /** @param answerMillis how long {@link #receive} waits */
  NetlinkSocket(int answerMillis) throws IOException {
    boolean open = false;
    try {
      number = (int) call("socket", () -> (int) SOCKET.invokeExact(errno, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE));
      MemorySegment timeout = arena.allocate(16, 8);
      timeout.set(JAVA_LONG, 0, answerMillis / 1000);
      timeout.set(JAVA_LONG, 8, answerMillis % 1000 * 1000L);
      call("setsockopt", () -> (int) SETSOCKOPT.invokeExact(errno, number, SOL_SOCKET, SO_RCVTIMEO, timeout, 16));
      open = true;
    } finally {
      if (!open) {
        arena.close();
      }
    }
  }

  void send(ByteBuffer message) throws IOException {
    MemorySegment bytes = MemorySegment.ofBuffer(message);
    part.asSlice(0, bytes.byteSize()).copyFrom(bytes);
    call("send", () -> (long) SEND.invokeExact(errno, number, part, bytes.byteSize(), 0));
  }

  /** One part of an answer; it stays valid until the next call. */
  ByteBuffer receive() throws IOException {
    long length = call("recv", () -> (long) RECV.invokeExact(errno, number, part, (long) PART_BYTES, 0));
    return part.asSlice(0, length).asByteBuffer();
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
      int number = errno.get(JAVA_INT, 0);
      if (number != Errno.EINTR) {
        throw new IOException("netlink " + what + " failed: " + Errno.text(number));
      }
    }
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  @Override
  public void close() {
    try {
      int ignored = (int) CLOSE.invokeExact(errno, number);
    } catch (Throwable e) {
      throw new AssertionError("close cannot be called", e);
    } finally {
      arena.close();
    }
  }
}
