package io.crij.helper;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.crij.helper.wire.WireException;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a monitor that becomes a stream of bytes after its one request. A channel of the JDK's, not of Netty's: a
 * virtual thread that blocks in it costs no other thread, and nothing is buffered between the kernel and who reads.
 */
final class StreamSocket {
  private StreamSocket() {}

  /**
   * Asks for the stream.
   *
   * @param type of the request
   * @throws LaunchFailure if the monitor refuses
   * @throws MonitorGone if there is none
   * @throws CriException DEADLINE_EXCEEDED if it does not answer in time; CANCELLED if the thread is interrupted
   */
  static SocketChannel open(
      ObjectId pod, Path socket, EventLoopGroup loop, int type, FieldWriter fields, Duration deadline) {
    SocketChannel channel = null;
    ScheduledFuture<?> alarm = null;
    boolean opened = false;
    try {
      SocketChannel opening = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel = opening;
      alarm = loop.schedule(() -> close(opening), deadline.toMillis(), TimeUnit.MILLISECONDS);
      opening.connect(UnixDomainSocketAddress.of(socket));
      requireOwnUser(opening);
      ByteArrayOutputStream requests = new ByteArrayOutputStream();
      requests.writeBytes(new Frame(MessageType.HELLO, 1, Greeting.fields().toByteArray()).encode());
      requests.writeBytes(new Frame(type, 2, fields.toByteArray()).encode());
      write(opening, ByteBuffer.wrap(requests.toByteArray()));
      Greeting.parse(pod, socket, Replies.expect(MessageType.HELLO, read(opening)));
      Replies.expect(type, read(opening));
      opened = alarm.cancel(false);
      if (!opened) {
        throw silent(pod, deadline, null);
      }
      return opening;
    } catch (ClosedByInterruptException e) {
      throw new CriException(ErrorCode.CANCELLED, "A stream of pod " + pod.shortHex() + " was given up while it was opened.", e);
    } catch (ClosedChannelException e) {
      throw silent(pod, deadline, e);
    } catch (IOException | WireException e) {
      throw new MonitorGone(pod, e);
    } finally {
      if (alarm != null) {
        alarm.cancel(false);
      }
      if (!opened && channel != null) {
        close(channel);
      }
    }
  }

  static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new AssertionError("closing a socket does not fail", e);
    }
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** One frame and not a byte more: what follows the last one belongs to the stream. */
  private static Frame read(SocketChannel channel) throws IOException {
    Frame.Header header = Frame.Header.parse(readFully(channel, Frame.HEADER_BYTES));
    return new Frame(header.type(), header.id(), readFully(channel, header.payloadLength()).array());
  }

  private static ByteBuffer readFully(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("the connection was closed instead of an answer");
      }
    }
    return bytes.flip();
  }

  /** A socket in a folder of mode 0700 has our own user behind it, unless somebody else found a way in. */
  private static void requireOwnUser(SocketChannel channel) throws IOException {
    Object user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    if (!user.equals(Files.getOwner(Path.of("/proc/self")))) {
      throw new IOException("the control socket is held by " + user + ", not by the user of this process");
    }
  }

  private static CriException silent(ObjectId pod, Duration deadline, @Nullable Throwable cause) {
    return new CriException(
        ErrorCode.DEADLINE_EXCEEDED,
        "The monitor of pod %s did not open a stream within %d ms; other pods are not affected, try again or remove the pod."
            .formatted(pod.shortHex(), deadline.toMillis()),
        cause);
  }
}
