package io.crij.helper;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.crij.helper.syscall.NativeSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** One message to a datagram socket of unix(7), which the JDK has no class for. */
public final class UnixDatagram {
  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int FAMILY_BYTES = 2;
  private static final int PATH_BYTES = 108;

  private UnixDatagram() {}

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
      MemorySegment target = arena.allocate(FAMILY_BYTES + PATH_BYTES, 2);
      target.set(JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(path, 0, target, JAVA_BYTE, FAMILY_BYTES, path.length);
      MemorySegment bytes = arena.allocate(message.length);
      MemorySegment.copy(message, 0, bytes, JAVA_BYTE, 0, message.length);
      // Without the NUL after it: the kernel adds one to a path, and in an abstract name it would be a part of the name.
      MemorySegment exact = target.asSlice(0, FAMILY_BYTES + path.length);
      try (NativeSocket socket = new NativeSocket("unix", arena, AF_UNIX, SOCK_DGRAM, 0)) {
        socket.sendTo(bytes, exact);
      }
    }
  }
}
