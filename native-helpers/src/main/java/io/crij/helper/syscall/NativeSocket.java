package io.crij.helper.syscall;

import static io.crij.helper.syscall.NativeFunction.Answer.INT;
import static io.crij.helper.syscall.NativeFunction.Answer.LONG;
import static io.crij.helper.syscall.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A socket(2) of a kind that the JDK has no class for. For one thread at a time. Calls that a signal interrupts are made again. */
public final class NativeSocket implements AutoCloseable {
  private static final NativeFunction SOCKET = NativeFunction.ofLibc("socket", INT);
  private static final NativeFunction SETSOCKOPT = NativeFunction.ofLibc("setsockopt", INT);
  private static final NativeFunction SENDTO = NativeFunction.ofLibc("sendto", LONG);
  private static final NativeFunction RECV = NativeFunction.ofLibc("recv", LONG);
  private static final NativeFunction CLOSE = NativeFunction.ofLibc("close", INT);

  private static final int SOCK_CLOEXEC = 02000000;
  private static final int MSG_NOSIGNAL = 0x4000;

  private final String name;
  private final MemorySegment errno;
  private final int number;

  private interface Call {
    long run();
  }

  /**
   * @param name of the family, for messages
   * @param arena outlives the socket
   */
  public NativeSocket(String name, Arena arena, int family, int type, int protocol) throws IOException {
    this.name = name;
    this.errno = NativeFunction.errnoIn(arena);
    this.number = (int) call("socket", () -> SOCKET.call(errno, family, type | SOCK_CLOEXEC, protocol));
  }

  public void setOption(int level, int option, MemorySegment value) throws IOException {
    int size = (int) value.byteSize();
    call("setsockopt", () -> SETSOCKOPT.call(errno, number, level, option, pointer(value), size));
  }

  /** To whom the socket leads by itself. */
  public void send(MemorySegment message) throws IOException {
    sendTo(message, MemorySegment.NULL);
  }

  /** @param address a sockaddr of the family, as long as it is */
  public void sendTo(MemorySegment message, MemorySegment address) throws IOException {
    long size = message.byteSize();
    int length = (int) address.byteSize();
    call("send", () -> SENDTO.call(errno, number, pointer(message), size, MSG_NOSIGNAL, pointer(address), length));
  }

  /** Returns how many bytes came. */
  public long receive(MemorySegment into) throws IOException {
    long size = into.byteSize();
    return call("recv", () -> RECV.call(errno, number, pointer(into), size, 0));
  }

  /** Never made again: Linux has let go of the number even when a signal interrupts the call, and somebody else may have it. */
  @Override
  public void close() {
    CLOSE.call(number);
  }

  private long call(String what, Call call) throws IOException {
    while (true) {
      long result = call.run();
      if (result >= 0) {
        return result;
      }
      int error = errno.get(JAVA_INT, 0);
      if (error != Errno.EINTR) {
        throw new IOException(name + " " + what + " failed: " + Errno.text(error));
      }
    }
  }
}
