package io.crij.daemon.stream.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's frames (RFC 6455, section 5). Unlike Netty's decoder it gives out a frame piece by piece as it comes, so that a
 * frame of any length needs no buffer of its length. Whatever breaks the RFC is a {@link CorruptedFrameException}, after which
 * nothing is read.
 */
public final class FrameDecoder extends ByteToMessageDecoder {
  private static final int MOST_OF_CONTROL = 125;
  private static final int PIECE_BYTES = 16 << 10;

  private enum State {
    HEADER,
    LENGTH_AND_MASK,
    PAYLOAD,
    BROKEN
  }

  private State state = State.HEADER;
  private boolean endOfMessage;
  private int lengthCode;
  private long left;
  private final byte[] mask = new byte[4];
  private int maskAt;

  /** The kind of the message that is not at its end yet. */
  private @Nullable Opcode message;

  private boolean firstPiece;
  private Opcode frame = Opcode.CONTINUATION;

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    switch (state) {
      case HEADER -> header(in);
      case LENGTH_AND_MASK -> lengthAndMask(ctx, in, out);
      case PAYLOAD -> payload(ctx, in, out);
      case BROKEN -> in.skipBytes(in.readableBytes());
    }
  }

  private void header(ByteBuf in) {
    if (in.readableBytes() < 2) {
      return;
    }
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    endOfMessage = (first & 0x80) != 0;
    if ((first & 0x70) != 0) {
      throw broken("a reserved bit is set and no extension was agreed on");
    }
    frame = Opcode.of(first & 0x0f).orElseThrow(() -> broken("the opcode is reserved"));
    lengthCode = second & 0x7f;
    if ((second & 0x80) == 0) {
      throw broken("a frame of a client is not masked");
    }
    if (frame.isControl() && (!endOfMessage || lengthCode > MOST_OF_CONTROL)) {
      throw broken("a control frame is in fragments or too long");
    }
    if (!frame.isControl() && (frame == Opcode.CONTINUATION) != (message != null)) {
      throw broken(message == null ? "a message is continued that never began" : "a message begins before the one before it has ended");
    }
    state = State.LENGTH_AND_MASK;
  }

  private void lengthAndMask(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int lengthBytes = lengthCode < 126 ? 0 : lengthCode == 126 ? 2 : 8;
    if (in.readableBytes() < lengthBytes + mask.length) {
      return;
    }
    left = lengthBytes == 0 ? lengthCode : lengthBytes == 2 ? in.readUnsignedShort() : in.readLong();
    if (left < 0) {
      throw broken("the length of a frame is negative");
    }
    in.readBytes(mask);
    maskAt = 0;
    if (!frame.isControl()) {
      firstPiece = frame != Opcode.CONTINUATION;
      message = firstPiece ? frame : message;
    }
    state = State.PAYLOAD;
    if (left == 0) {
      // No byte may follow that would bring the payload about.
      payload(ctx, in, out);
    }
  }

  private void payload(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int wanted = (int) Math.min(left, PIECE_BYTES);
    boolean whole = in.readableBytes() >= wanted;
    if ((frame.isControl() && !whole) || (wanted > 0 && !in.isReadable())) {
      return;
    }
    int length = Math.min(wanted, in.readableBytes());
    ByteBuf bytes = ctx.alloc().buffer(length).writeBytes(in, length);
    unmask(bytes.nioBuffer());
    left -= length;
    boolean endOfFrame = left == 0;
    if (frame.isControl()) {
      out.add(new Piece(frame, true, true, bytes));
    } else {
      boolean last = endOfFrame && endOfMessage;
      out.add(new Piece(message == null ? frame : message, firstPiece, last, bytes));
      firstPiece = false;
      message = last ? null : message;
    }
    if (endOfFrame) {
      state = State.HEADER;
    }
  }

  /** Eight bytes at a time: byte by byte the mask costs several times what all the rest of the way does. */
  private void unmask(ByteBuffer bytes) {
    long eight = 0;
    for (int i = 0; i < 8; i++) {
      eight = eight << 8 | (mask[maskAt + i & 3] & 0xff);
    }
    int at = 0;
    for (; at + 8 <= bytes.limit(); at += 8) {
      bytes.putLong(at, bytes.getLong(at) ^ eight);
    }
    for (; at < bytes.limit(); at++) {
      bytes.put(at, (byte) (bytes.get(at) ^ mask[maskAt + at & 3]));
    }
    maskAt = maskAt + bytes.limit() & 3;
  }

  private CorruptedFrameException broken(String why) {
    state = State.BROKEN;
    return new CorruptedFrameException(why);
  }
}
