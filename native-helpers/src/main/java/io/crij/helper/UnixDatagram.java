package io.crij.helper;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** One message to a datagram socket of unix(7), which the JDK has no class for. */
public final class UnixDatagram {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SENDTO = bind("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);

  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 02000000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int FAMILY_BYTES = 2;
  private static final int PATH_BYTES = 108;

  private UnixDatagram() {}

  private interface Call {
    long run() throws Throwable;
  }

  /**
   * Sends a message. Waits while the receiver's queue is full.
   *
   * @param address a path, or a name of the abstract namespace after an {@code @}
   * @throws IOException if the address is too long, or nobody receives there
   */
  public static void send(String address, byte[] message) throws IOException {
    byte[] path = address.getBytes(StandardCharsets.UTF_8);
    if (path.length == 0 || path.length >= PATH_BYTES) {
      throw new IOException("'" + address + "' is no address of a socket: it has " + path.length + " bytes, and 1 to " + (PATH_BYTES - 1) + " are possible");
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(CAPTURED);
      MemorySegment target = arena.allocate(FAMILY_BYTES + PATH_BYTES, 2);
      target.set(JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(path, 0, target, JAVA_BYTE, FAMILY_BYTES, path.length);
      MemorySegment bytes = arena.allocate(Math.max(1, message.length));
      MemorySegment.copy(message, 0, bytes, JAVA_BYTE, 0, message.length);
      // Without the NUL after it: the kernel adds one to a path, and in an abstract name it would be a part of the name.
      int length = FAMILY_BYTES + path.length;
      int number = (int) call("socket", errno, () -> (int) SOCKET.invokeExact(errno, (int) AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
      try {
        long size = message.length;
        call("sendto", errno, () -> (long) SENDTO.invokeExact(errno, number, bytes, size, MSG_NOSIGNAL, target, length));
      } finally {
        call("close", errno, () -> (int) CLOSE.invokeExact(errno, number));
      }
    }
  }

  private static long call(String what, MemorySegment errno, Call call) throws IOException {
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
        throw new IOException(what + " failed: " + Errno.text(number));
      }
    }
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"));
  }
}
