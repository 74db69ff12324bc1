package io.crij.daemon.stream;

import io.crij.daemon.stream.session.CommandProtocol;
import io.crij.daemon.stream.session.CommandStreams;
import io.crij.daemon.stream.spdy.SpdyCommand;
import io.crij.daemon.stream.spdy.SpdySession;
import io.crij.daemon.stream.spdy.SpdyStream;
import io.crij.daemon.stream.websocket.ChannelEncoding;
import io.crij.daemon.stream.websocket.ChannelSession;
import io.crij.daemon.stream.websocket.FrameDecoder;
import io.crij.daemon.stream.websocket.Tunnel;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Feeds bytes of a stranger to a session each. Whatever they are: no exception comes out, no more is held than the throttle
 * allows and one read brings, and nothing is held when the connection has ended.
 */
final class StreamTargets {
  private static final int STEP = 1 << 10;

  /** What one step may add before the throttle shuts: a byte per frame at the worst, each with its overhead. */
  private static final int MOST_HELD = ReadThrottle.HIGH + STEP * 512;

  private StreamTargets() {}

  static void spdy(byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(channel);
    SpdySession session = new SpdySession(channel, throttle, 8);
    channel.pipeline().addLast(throttle, SpdySession.codec(), session);
    spdy(channel, throttle, session, bytes);
  }

  static void tunnel(byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(channel);
    SpdySession session = new SpdySession(channel, throttle, 8);
    channel.pipeline().addLast(throttle, new FrameDecoder(), new Tunnel(throttle), SpdySession.codec(), session);
    spdy(channel, throttle, session, bytes);
  }

  private static void spdy(EmbeddedChannel channel, ReadThrottle throttle, SpdySession session, byte[] bytes) {
    List<SpdyStream> streams = new ArrayList<>();
    feed(
        channel,
        throttle,
        bytes,
        () -> {
          try {
            for (SpdyStream stream = session.accept(0); stream != null; stream = session.accept(0)) {
              streams.add(stream);
              stream.header("streamtype");
              // Every other stream is read by nobody.
              if (stream.id() % 4 == 1) {
                stream.write(ByteBuffer.wrap(new byte[10]));
                stream.finish();
              }
            }
          } catch (ClientGone | InterruptedException ended) {
            return;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    for (SpdyStream stream : streams) {
      drain(stream);
    }
    end(channel, throttle);
  }

  /** The conversation about which streams an exec has; it must end whatever came, once the client has gone. */
  static void command(byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ReadThrottle throttle = new ReadThrottle(channel);
    SpdySession session = new SpdySession(channel, throttle, SpdyCommand.MAX_STREAMS);
    channel.pipeline().addLast(throttle, SpdySession.codec(), session);
    feed(channel, throttle, bytes, () -> {});
    channel.close();
    try {
      CommandStreams streams = SpdyCommand.accept(session, true, true, true, false, CommandProtocol.V4);
      Stream.of(streams.stdin(), streams.stdout(), streams.stderr(), streams.error()).filter(Objects::nonNull).forEach(StreamTargets::drain);
    } catch (ClientGone | InterruptedException expected) {
      // The client has closed.
    }
    end(channel, throttle);
  }

  static void channels(byte[] bytes) {
    for (String name : List.of("v5.channel.k8s.io", "v4.channel.k8s.io", "base64.channel.k8s.io")) {
      EmbeddedChannel channel = new EmbeddedChannel();
      ReadThrottle throttle = new ReadThrottle(channel);
      ChannelSession session = new ChannelSession(channel, ChannelEncoding.ofCommand(name).orElseThrow(), throttle, ChannelSession.COMMAND_CHANNELS);
      channel.pipeline().addLast(throttle, new FrameDecoder(), session);
      feed(channel, throttle, bytes, () -> {});
      channel.close();
      for (int i = 0; i < ChannelSession.COMMAND_CHANNELS; i++) {
        drain(session.stream(i));
      }
      end(channel, throttle);
    }
  }

  private static void feed(EmbeddedChannel channel, ReadThrottle throttle, byte[] bytes, Runnable between) {
    for (int at = 0; at < bytes.length && channel.isActive() && channel.config().isAutoRead(); at += STEP) {
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, Math.min(STEP, bytes.length - at)));
      channel.runPendingTasks();
      between.run();
      if (throttle.held() > MOST_HELD) {
        throw new AssertionError("held " + throttle.held() + " bytes");
      }
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        out.release();
      }
    }
    channel.checkException();
    if (!channel.inboundMessages().isEmpty()) {
      throw new AssertionError("nobody took " + channel.inboundMessages().peek());
    }
  }

  private static void drain(ClientStream stream) {
    stream.ignoreInput();
    stream.finish();
    stream.reset();
  }

  private static void end(EmbeddedChannel channel, ReadThrottle throttle) {
    channel.close();
    channel.runPendingTasks();
    channel.checkException();
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      ReferenceCountUtil.release(out);
    }
    channel.finishAndReleaseAll();
    if (throttle.held() != 0) {
      throw new AssertionError(throttle.held() + " bytes are still held");
    }
  }
}
