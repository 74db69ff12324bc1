package io.crij.helper;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.wire.FieldWriter;
import io.crij.helper.wire.Frame;
import io.crij.helper.wire.MessageType;
import io.crij.helper.wire.WireException;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** One connection to a monitor's control socket: requests whose replies are waited for, and events. */
final class MonitorConnection implements FrameHandler.Receiver {
  /** What comes without being asked for; called on the event loop, so it must not block. */
  interface Events {
    void event(Frame event);

    /** The connection is over, by either side; nothing comes after this. */
    void ended();
  }

  private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(10);

  private final ObjectId pod;
  private final Events events;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Frame>> waiting = new ConcurrentHashMap<>();
  private final Channel channel;
  private volatile boolean ended;

  private MonitorConnection(ObjectId pod, Path socket, EventLoopGroup loop, Events events) {
    this.pod = pod;
    this.events = events;
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainSocketChannel.class)
            // A request that comes too late must not cost what the monitor said before it hung up.
            .option(ChannelOption.AUTO_CLOSE, false)
            .handler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel unconnected) {
                    unconnected.pipeline().addLast(new FrameHandler(MonitorConnection.this));
                  }
                })
            .connect(new DomainSocketAddress(socket.toFile()));
    this.channel = connecting.channel();
    CompletableFuture<Boolean> connected = new CompletableFuture<>();
    connecting.addListener(
        done -> {
          Throwable failure = done.cause();
          if (failure == null) {
            connected.complete(true);
          } else {
            connected.completeExceptionally(failure);
          }
        });
    try {
      Waiting.uninterrupted(connected, CONNECT_DEADLINE);
      requireRoot();
    } catch (ExecutionException | IOException e) {
      channel.close();
      throw new MonitorGone(pod, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      channel.close();
      throw silent("take a connection", CONNECT_DEADLINE, e);
    }
  }

  /**
   * @throws MonitorGone if nobody listens there
   */
  static MonitorConnection open(ObjectId pod, Path socket, EventLoopGroup loop, Events events) {
    return new MonitorConnection(pod, socket, loop, events);
  }

  ObjectId pod() {
    return pod;
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @param verb what is asked of the monitor, for the sentence when it stays silent
   */
  Frame call(int type, FieldWriter fields, Duration deadline, String verb) {
    return call(
        type,
        fields,
        deadline,
        verb,
        held -> {
          throw new WireException("a request of type " + type + " was answered with a hold");
        });
  }

  /**
   * Sends a request that is told of before it is answered.
   *
   * @param onHeld called on this thread for each HELD; the deadline starts again after it
   */
  Frame call(int type, FieldWriter fields, Duration deadline, String verb, Consumer<Frame> onHeld) {
    long id = ids.incrementAndGet();
    CompletableFuture<Frame> reply = new CompletableFuture<>();
    byte[] frame = encode(type, id, fields);
    waiting.put(id, reply);
    channel
        .writeAndFlush(Unpooled.wrappedBuffer(frame))
        .addListener(
            sent -> {
              Throwable failure = sent.cause();
              if (failure != null) {
                reply.completeExceptionally(failure);
              }
            });
    try {
      // A short exec is answered, done and closed before this thread looks: a reply that came is a reply.
      if (ended && !reply.isDone()) {
        throw new MonitorGone(pod, null);
      }
      Frame answer = Waiting.uninterrupted(reply, deadline);
      while (answer.type() == MessageType.HELD) {
        CompletableFuture<Frame> next = Objects.requireNonNull(waiting.get(id));
        onHeld.accept(answer);
        answer = Waiting.uninterrupted(next, deadline);
      }
      return Replies.expect(type, answer);
    } catch (ExecutionException e) {
      throw new MonitorGone(pod, e.getCause());
    } catch (TimeoutException e) {
      throw silent(verb, deadline, e);
    } catch (WireException e) {
      channel.close();
      throw new MonitorGone(pod, e);
    } finally {
      waiting.remove(id);
    }
  }

  void close() {
    channel.close();
  }

  @Override
  public void received(Frame frame) {
    if (frame.type() == MessageType.HELD) {
      // The answer of the same request is still to come, and may come before anybody has looked at this.
      CompletableFuture<Frame> held = waiting.replace(frame.id(), new CompletableFuture<>());
      if (held != null) {
        held.complete(frame);
      }
      return;
    }
    if (MessageType.isEvent(frame.type())) {
      events.event(frame);
      return;
    }
    CompletableFuture<Frame> reply = waiting.remove(frame.id());
    if (reply != null) {
      reply.complete(frame);
    }
  }

  @Override
  public void ended() {
    ended = true;
    for (CompletableFuture<Frame> reply : waiting.values()) {
      reply.completeExceptionally(new ClosedChannelException());
    }
    events.ended();
  }

  /** A socket in a folder of mode 0700 has root behind it, unless somebody else found a way in. */
  private void requireRoot() throws IOException {
    int uid = ((EpollDomainSocketChannel) channel).peerCredentials().uid();
    if (uid != 0) {
      throw new IOException("the control socket is held by uid " + uid + ", not by root");
    }
  }

  private byte[] encode(int type, long id, FieldWriter fields) {
    try {
      return new Frame(type, id, fields.toByteArray()).encode();
    } catch (WireException e) {
      throw CriException.invalid(
          "The request to the monitor of pod " + pod.shortHex() + " is too long: " + e.getMessage() + ".");
    }
  }

  private CriException silent(String verb, Duration deadline, TimeoutException cause) {
    return new CriException(
        ErrorCode.DEADLINE_EXCEEDED,
        "The monitor of pod %s did not %s within %d ms; other pods are not affected, try again or remove the pod."
            .formatted(pod.shortHex(), verb, deadline.toMillis()),
        cause);
  }
}
