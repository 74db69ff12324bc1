package io.crij.helper;

import io.crij.helper.wire.Frame;
import io.crij.helper.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts a stream of bytes into frames. Bytes that break the protocol end the connection. */
final class FrameHandler extends ChannelInboundHandlerAdapter {
  /** Called on the event loop. */
  interface Receiver {
    void received(Frame frame);

    /** Once, after the last frame. */
    void ended();
  }

  private static final Logger LOG = LoggerFactory.getLogger(FrameHandler.class);

  private final Receiver receiver;
  private final ByteBuffer headerBytes = ByteBuffer.allocate(Frame.HEADER_BYTES);
  private Frame.@Nullable Header header;
  private byte[] payload = {};
  private int filled;

  FrameHandler(Receiver receiver) {
    this.receiver = receiver;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (in.isReadable()) {
        take(in);
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    receiver.ended();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (failure instanceof WireException) {
      LOG.warn("A monitor's connection is ended: {}", failure.getMessage());
    } else {
      LOG.debug("A monitor's connection failed", failure);
    }
    context.close();
  }

  private void take(ByteBuf in) {
    Frame.Header current = header;
    if (current == null) {
      int count = Math.min(headerBytes.remaining(), in.readableBytes());
      in.readBytes(headerBytes.array(), headerBytes.position(), count);
      headerBytes.position(headerBytes.position() + count);
      if (headerBytes.hasRemaining()) {
        return;
      }
      current = Frame.Header.parse(headerBytes.flip());
      headerBytes.clear();
      header = current;
      payload = new byte[current.payloadLength()];
      filled = 0;
    }
    int count = Math.min(payload.length - filled, in.readableBytes());
    in.readBytes(payload, filled, count);
    filled += count;
    if (filled == payload.length) {
      header = null;
      receiver.received(new Frame(current.type(), current.id(), payload));
    }
  }
}
