package io.crij.daemon.stream.websocket;

import io.crij.daemon.stream.session.CommandStreams;
import io.crij.daemon.stream.wire.ClientGone;
import io.crij.daemon.stream.wire.ClientSession;
import io.crij.daemon.stream.wire.ClientStream;
import io.crij.daemon.stream.wire.Inbound;
import io.crij.daemon.stream.wire.Outbound;
import io.crij.daemon.stream.wire.ReadThrottle;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One WebSocket whose messages each belong to a channel. All channels exist from the beginning. */
public final class ChannelSession extends ClientSession {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelSession.class);

  /** Of stdin, stdout, stderr, error and resize. */
  public static final int COMMAND_CHANNELS = 5;

  private static final int CLOSE_SIGNAL = 255;

  /** What the message that is coming belongs to, if not to a channel. */
  private static final class Target {
    static final int NONE_YET = -1;
    static final int UNKNOWN = -2;
    static final int CLOSE_SIGNAL = -3;
  }

  private final ChannelEncoding encoding;
  private final List<ChannelStream> streams;

  // Only the event loop touches these.
  private int current = Target.NONE_YET;
  private final Base64Reader base64 = new Base64Reader();
  private boolean over;

  /** @param throttle of the channel */
  public ChannelSession(Channel channel, ChannelEncoding encoding, ReadThrottle throttle, int channels) {
    super(channel, throttle);
    this.encoding = encoding;
    this.streams = IntStream.range(0, channels).mapToObj(number -> new ChannelStream(this, number, new Inbound(throttle))).toList();
  }

  public ClientStream stream(int number) {
    return streams.get(number);
  }

  /** The streams of an exec or attach, and a first message that tells the client that it is served. */
  public CommandStreams command(boolean stdin, boolean stdout, boolean stderr, boolean tty) throws ClientGone {
    for (int i = 0; i < COMMAND_CHANNELS; i++) {
      boolean read = i == 0 && stdin || i == 4 && tty;
      if (!read) {
        streams.get(i).ignoreInput();
      }
    }
    send(stdout ? 1 : stderr ? 2 : 3, ByteBuffer.allocate(0));
    return new CommandStreams(
        stdin ? stream(0) : null, stdout ? stream(1) : null, stderr ? stream(2) : null, stream(3), tty ? stream(4) : null);
  }

  @Override
  public void end() {
    streams.forEach(ChannelStream::ignoreInput);
    outbound.answer(Frames.close(channel.alloc(), Frames.NORMAL));
    cutLater();
  }

  void send(int number, ByteBuffer bytes) throws ClientGone {
    outbound.send(encoding.base64() ? text(number, bytes) : binary(number, bytes));
  }

  private ByteBuf binary(int number, ByteBuffer bytes) {
    ByteBuf frame = Frames.start(channel.alloc(), Opcode.BINARY, 1 + bytes.remaining());
    return frame.writeByte(number).writeBytes(bytes);
  }

  private ByteBuf text(int number, ByteBuffer bytes) {
    ByteBuffer coded = Base64.getEncoder().encode(bytes);
    ByteBuf frame = Frames.start(channel.alloc(), Opcode.TEXT, 1 + coded.remaining());
    return frame.writeByte('0' + number).writeBytes(coded);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (!over && message instanceof Piece piece) {
        switch (piece.opcode()) {
          case PING -> outbound.answer(Frames.start(channel.alloc(), Opcode.PONG, piece.content().readableBytes()).writeBytes(piece.content()));
          case CLOSE -> close(Frames.NORMAL);
          case PONG -> LOG.trace("a pong came that nobody asked for");
          default -> data(piece);
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void data(Piece piece) {
    ByteBuf bytes = piece.content();
    if (piece.isFirst()) {
      current = Target.NONE_YET;
      base64.start();
    }
    if (current == Target.NONE_YET && bytes.isReadable()) {
      current = target(bytes.readUnsignedByte());
    }
    switch (current) {
      case Target.CLOSE_SIGNAL -> closeSignal(piece);
      case Target.NONE_YET, Target.UNKNOWN -> LOG.trace("a message for no channel was dropped");
      default -> receive(streams.get(current), piece);
    }
  }

  private int target(int first) {
    if (encoding.protocol().closesChannels() && first == CLOSE_SIGNAL) {
      return Target.CLOSE_SIGNAL;
    }
    int number = encoding.base64() ? first - '0' : first;
    return number >= 0 && number < streams.size() ? number : Target.UNKNOWN;
  }

  private void receive(ChannelStream stream, Piece piece) {
    if (!encoding.base64()) {
      stream.inbound().offer(piece.content().retain());
      return;
    }
    try {
      stream.inbound().offer(base64.decode(piece.content(), piece.isLast()));
    } catch (IllegalArgumentException e) {
      fail("a message is no base64");
    }
  }

  /** 255 and the number of a channel on which the client sends no more; in one message and most often in one piece. */
  private void closeSignal(Piece piece) {
    ByteBuf bytes = piece.content();
    if (!bytes.isReadable() && !piece.isLast()) {
      return;
    }
    int number = bytes.readableBytes() == 1 ? bytes.readUnsignedByte() : streams.size();
    if (number >= streams.size()) {
      fail("a channel is closed that does not exist");
      return;
    }
    streams.get(number).inbound().finish();
    current = Target.UNKNOWN;
  }

  @Override
  protected void fail(String why) {
    LOG.debug("WebSocket ended: {}", why);
    close(Frames.PROTOCOL_ERROR);
  }

  private void close(int status) {
    over = true;
    lose("the client closed the WebSocket");
    channel.writeAndFlush(Frames.close(channel.alloc(), status)).addListener(Outbound.CLOSE_LATER);
  }

  @Override
  protected void loseStreams(String why) {
    streams.forEach(stream -> stream.inbound().lose(why));
  }
}
