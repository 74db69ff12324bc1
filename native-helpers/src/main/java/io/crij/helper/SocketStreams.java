package io.crij.helper;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.helper.syscall.Errno;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The streams of an exec or attach: a control connection that ends it all, and a connection for each stream. */
final class SocketStreams implements ProcessStreams, MonitorConnection.Events {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int MAX_SIZE = 65_535;

  private final ObjectId pod;
  private final boolean attached;
  private final Map<StandardStream, SocketChannel> channels = new EnumMap<>(StandardStream.class);
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Set<Integer> cut = ConcurrentHashMap.newKeySet();
  private volatile @Nullable MonitorConnection control;

  /** @param attached to a container, whose clients may be cut off; an exec waits for its client */
  SocketStreams(ObjectId pod, boolean attached) {
    this.pod = pod;
    this.attached = attached;
  }

  void started(MonitorConnection own) {
    control = own;
  }

  /** One stream more. What ended before its streams were joined has left nothing in them. */
  void join(StandardStream stream, Supplier<SocketChannel> opening) {
    try {
      channels.put(stream, opening.get());
    } catch (LaunchFailure e) {
      if (e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
  }

  @Override
  public WritableByteChannel stdin() {
    return new Input(channels.get(StandardStream.STDIN));
  }

  @Override
  public ReadableByteChannel stdout() {
    return new Output(StandardStream.STDOUT);
  }

  @Override
  public ReadableByteChannel stderr() {
    return new Output(StandardStream.STDERR);
  }

  @Override
  public void resize(int columns, int rows) throws IOException {
    FieldWriter fields =
        new FieldWriter().number(1, Math.clamp(columns, 0, MAX_SIZE)).number(2, Math.clamp(rows, 0, MAX_SIZE));
    try {
      control().call(MessageType.RESIZE, fields, DEADLINE, "resize a terminal");
    } catch (MonitorGone | LaunchFailure | CriException e) {
      throw new IOException("the terminal cannot be resized: " + e.getMessage(), e);
    }
  }

  @Override
  public int awaitExit() throws IOException, InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CutOff cutOff) {
        throw new IOException(cutOff.getMessage(), cutOff);
      }
      throw new IOException("how it ended is not known: the session was closed before, or its pod's monitor is gone", e);
    }
  }

  @Override
  public void close() {
    MonitorConnection own = control;
    if (own != null) {
      own.close();
    }
    channels.values().forEach(StreamSocket::close);
  }

  @Override
  public void event(Frame event) {
    FieldReader in = event.fields();
    int first = 0;
    while (in.next()) {
      if (in.tag() == 1) {
        first = in.number(0, 255);
      }
    }
    switch (event.type()) {
      case MessageType.DONE -> exit.complete(first);
      case MessageType.CUT -> {
        cut.add(first);
        exit.completeExceptionally(new CutOff(pod));
      }
      default -> {}
    }
  }

  @Override
  public void ended() {
    exit.completeExceptionally(new ClosedChannelException());
  }

  private MonitorConnection control() throws IOException {
    MonitorConnection own = control;
    if (own == null) {
      throw new ClosedChannelException();
    }
    return own;
  }

  /**
   * At the end of a stream: whether it was cut off. The monitor says so before it ends the stream, but over another connection;
   * what it answers there now comes after it.
   */
  private void requireWholeStream(StandardStream stream) throws IOException {
    if (!exit.isDone()) {
      try {
        control().call(MessageType.HELLO, Greeting.fields(), DEADLINE, "answer");
      } catch (MonitorGone | LaunchFailure | CriException e) {
        // The session is over. Why, comes before the end of the connection, but may not have been read yet.
        requireExit(e);
      }
    }
    if (cut.contains(stream.number())) {
      throw new CutOff(pod);
    }
  }

  private void requireExit(RuntimeException over) throws IOException {
    try {
      Waiting.uninterrupted(exit, DEADLINE);
    } catch (ExecutionException | TimeoutException e) {
      if (e.getCause() instanceof CutOff) {
        return;
      }
      over.addSuppressed(e);
      throw new IOException("the stream broke off: " + over.getMessage(), over);
    }
  }

  /** A client that fell behind its container. */
  private static final class CutOff extends IOException {
    private static final long serialVersionUID = 1;

    CutOff(ObjectId pod) {
      super(
          "the client was cut off from a container of pod " + pod.shortHex()
              + ": it took the output too slowly, and no more of it is kept waiting (16 MiB for a client, 64 MiB for a pod)");
    }
  }

  /** One stream; without a channel it was not asked for, or had ended before it was joined. */
  private abstract static class Part implements Channel {
    final @Nullable SocketChannel channel;

    Part(@Nullable SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public boolean isOpen() {
      return channel != null && channel.isOpen();
    }

    @Override
    public void close() {
      if (channel != null) {
        StreamSocket.close(channel);
      }
    }
  }

  private final class Output extends Part implements ReadableByteChannel {
    private final StandardStream stream;

    Output(StandardStream stream) {
      super(channels.get(stream));
      this.stream = stream;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      if (channel == null) {
        return -1;
      }
      int count = channel.read(into);
      if (count < 0 && attached) {
        requireWholeStream(stream);
      }
      return count;
    }
  }

  private static final class Input extends Part implements WritableByteChannel {
    Input(@Nullable SocketChannel channel) {
      super(channel);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      if (channel == null) {
        throw new ClosedChannelException();
      }
      return channel.write(from);
    }
  }
}
