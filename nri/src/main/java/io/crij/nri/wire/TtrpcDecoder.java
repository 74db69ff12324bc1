package io.crij.nri.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts one stream of bytes into messages, however it arrives in pieces. Holds at most one message, and no more than arrived. */
final class TtrpcDecoder {
  /** What a header may make it take before a byte of the body is there. */
  private static final int FIRST_PIECE = 16 << 10;

  private final ByteBuffer header = ByteBuffer.allocate(TtrpcFrame.HEADER_BYTES);
  private TtrpcFrame.@Nullable Type type;
  private int stream;
  private int length;
  private byte[] body = new byte[0];
  private int filled;

  /**
   * The messages that these bytes complete, all of which are consumed.
   *
   * @throws BrokenProtocol on a body of more than 4 MiB, or a type that has no use
   */
  List<TtrpcFrame> feed(ByteBuffer bytes) throws BrokenProtocol {
    List<TtrpcFrame> complete = new ArrayList<>();
    while (bytes.hasRemaining() || bodyIsComplete()) {
      if (type == null) {
        readHeader(bytes);
      } else if (bodyIsComplete()) {
        complete.add(new TtrpcFrame(stream, type, body));
        type = null;
      } else {
        readBody(bytes);
      }
    }
    return complete;
  }

  private boolean bodyIsComplete() {
    return type != null && filled == length;
  }

  private void readHeader(ByteBuffer bytes) throws BrokenProtocol {
    while (header.hasRemaining() && bytes.hasRemaining()) {
      header.put(bytes.get());
    }
    if (header.hasRemaining()) {
      return;
    }
    header.flip();
    length = header.getInt();
    stream = header.getInt();
    int number = Byte.toUnsignedInt(header.get());
    header.clear();
    if (length < 0 || length > TtrpcFrame.MAX_BODY_BYTES) {
      throw new BrokenProtocol("a message of " + Integer.toUnsignedLong(length) + " bytes; at most " + TtrpcFrame.MAX_BODY_BYTES + " are allowed");
    }
    type = TtrpcFrame.type(number);
    body = new byte[Math.min(length, FIRST_PIECE)];
    filled = 0;
  }

  private void readBody(ByteBuffer bytes) {
    int piece = Math.min(length - filled, bytes.remaining());
    if (filled + piece > body.length) {
      int doubled = Math.max(filled + piece, Math.min(length, body.length * 2));
      body = Arrays.copyOf(body, doubled);
    }
    bytes.get(body, filled, piece);
    filled += piece;
    if (filled == length && body.length != length) {
      body = Arrays.copyOf(body, length);
    }
  }
}
