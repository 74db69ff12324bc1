package io.crij.daemon.stream.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;

/** Some bytes of a message, or a whole control frame. Messages are not collected: they may be larger than what is kept here. */
final class Piece extends DefaultByteBufHolder {
  private final Opcode opcode;
  private final boolean first;
  private final boolean last;

  /**
   * @param opcode of the message; never {@link Opcode#CONTINUATION}
   * @param first whether a message starts here
   * @param last whether the message ends here
   */
  Piece(Opcode opcode, boolean first, boolean last, ByteBuf content) {
    super(content);
    this.opcode = opcode;
    this.first = first;
    this.last = last;
  }

  Opcode opcode() {
    return opcode;
  }

  boolean isFirst() {
    return first;
  }

  boolean isLast() {
    return last;
  }

  @Override
  public Piece replace(ByteBuf content) {
    return new Piece(opcode, first, last, content);
  }
}
