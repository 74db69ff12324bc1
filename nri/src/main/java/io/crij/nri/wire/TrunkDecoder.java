package io.crij.nri.wire;

import java.nio.ByteBuffer;

/**
 * Takes the logical connections of one socket apart: pieces with a header of 8 bytes (number of the connection, length, both
 * 32 bits with the high byte first). Bytes are passed on as they come and never held. Source: containerd/nri, pkg/net/multiplex.
 */
final class TrunkDecoder {
  static final int HEADER_BYTES = 8;

  /** A message of ttrpc is never sent in a longer piece. */
  static final int MAX_PIECE_BYTES = TtrpcFrame.HEADER_BYTES + TtrpcFrame.MAX_BODY_BYTES;

  /** Takes the bytes of a connection; they may be reused after the call. */
  interface Sink {
    void bytes(int connection, ByteBuffer bytes) throws BrokenProtocol;
  }

  private final Sink sink;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
  private int connection;
  private int left;

  TrunkDecoder(Sink sink) {
    this.sink = sink;
  }

  /** @throws BrokenProtocol if a piece is longer than any message; or what the sink finds */
  void feed(ByteBuffer bytes) throws BrokenProtocol {
    while (bytes.hasRemaining()) {
      if (left == 0) {
        readHeader(bytes);
        continue;
      }
      int piece = Math.min(left, bytes.remaining());
      ByteBuffer part = bytes.slice(bytes.position(), piece);
      bytes.position(bytes.position() + piece);
      left -= piece;
      sink.bytes(connection, part);
    }
  }

  private void readHeader(ByteBuffer bytes) throws BrokenProtocol {
    while (header.hasRemaining() && bytes.hasRemaining()) {
      header.put(bytes.get());
    }
    if (header.hasRemaining()) {
      return;
    }
    header.flip();
    connection = header.getInt();
    left = header.getInt();
    header.clear();
    if (left < 0 || left > MAX_PIECE_BYTES) {
      throw new BrokenProtocol("a piece of " + Integer.toUnsignedLong(left) + " bytes; at most " + MAX_PIECE_BYTES + " are allowed");
    }
  }
}
