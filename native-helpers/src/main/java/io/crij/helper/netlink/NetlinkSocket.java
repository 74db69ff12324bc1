package io.crij.helper.netlink;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.crij.helper.syscall.NativeSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A netlink(7) socket of the route family in the daemon's own network namespace. For the thread that made it alone. */
final class NetlinkSocket implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;

  /** More than the kernel puts into one part of a dump. */
  private static final int PART_BYTES = 64 << 10;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment part = arena.allocate(PART_BYTES, 8);
  private final NativeSocket socket;

  /** @param answerMillis how long {@link #receive} waits */
  NetlinkSocket(int answerMillis) throws IOException {
    NativeSocket opened = null;
    boolean ready = false;
    try {
      opened = new NativeSocket("netlink", arena, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
      MemorySegment timeout = arena.allocate(16, 8);
      timeout.set(JAVA_LONG, 0, answerMillis / 1000);
      timeout.set(JAVA_LONG, 8, answerMillis % 1000 * 1000L);
      opened.setOption(SOL_SOCKET, SO_RCVTIMEO, timeout);
      socket = opened;
      ready = true;
    } finally {
      if (!ready) {
        if (opened != null) {
          opened.close();
        }
        arena.close();
      }
    }
  }

  void send(ByteBuffer message) throws IOException {
    MemorySegment bytes = part.asSlice(0, message.remaining());
    bytes.copyFrom(MemorySegment.ofBuffer(message));
    socket.send(bytes);
  }

  /** One part of an answer; it stays valid until the next call. */
  ByteBuffer receive() throws IOException {
    return part.asSlice(0, socket.receive(part)).asByteBuffer();
  }

  @Override
  public void close() {
    socket.close();
    arena.close();
  }
}
