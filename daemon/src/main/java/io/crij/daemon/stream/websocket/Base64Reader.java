package io.crij.daemon.stream.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Base64;

/** Decodes one message of base64 that comes in pieces which need not end on a group of four. */
final class Base64Reader {
  private final byte[] group = new byte[4];
  private int inGroup;
  private boolean padded;

  void start() {
    inGroup = 0;
    padded = false;
  }

  /**
   * The bytes of all groups that are whole by now.
   *
   * @param last whether the message ends here
   * @throws IllegalArgumentException if it is no base64
   */
  ByteBuf decode(ByteBuf characters, boolean last) {
    int length = (inGroup + characters.readableBytes()) / 4 * 4;
    byte[] whole = new byte[length];
    int carried = Math.min(inGroup, length);
    System.arraycopy(group, 0, whole, 0, carried);
    characters.readBytes(whole, carried, length - carried);
    inGroup -= carried;
    while (characters.isReadable()) {
      group[inGroup++] = characters.readByte();
    }
    if ((length > 0 && padded) || (last && inGroup > 0)) {
      throw new IllegalArgumentException("base64 goes on after its end, or ends in a group");
    }
    padded = padded || (length > 0 && whole[length - 1] == '=');
    return Unpooled.wrappedBuffer(Base64.getDecoder().decode(whole));
  }
}
