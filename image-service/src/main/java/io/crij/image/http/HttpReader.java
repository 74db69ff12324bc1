package io.crij.image.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The receiving side of an HTTP/1.1 connection (RFC 9112): heads line by line, bodies by length, by chunks or to the end. What
 * two readers could take in two ways is refused: several lengths, a length beside chunks, folded lines.
 */
final class HttpReader {
  private static final int LINE_MAX = 16 << 10;
  private static final int HEAD_MAX = 64 << 10;
  private static final int INTERIM_MAX = 10;

  /** @param reusable whether another request may follow on this connection once the body was read */
  record Head(int status, HttpHeaders headers, long length, boolean chunked, boolean reusable) {
    static final long TO_THE_END = -1;
  }

  private final InputStream in;
  private final byte[] buffer = new byte[8 << 10];
  private int at;
  private int end;

  HttpReader(InputStream in) {
    this.in = in;
  }

  /**
   * The head of an answer; 1xx ones are passed over.
   *
   * @throws EOFException if the connection ended before the first byte of it
   */
  Head head(boolean toHeadRequest) throws IOException {
    for (int interim = 0; interim < INTERIM_MAX; interim++) {
      Head head = oneHead(toHeadRequest);
      if (head.status() >= 200) {
        return head;
      }
    }
    throw new HttpProtocolException("sends interim answers without end");
  }

  private Head oneHead(boolean toHeadRequest) throws IOException {
    if (at == end && !fill()) {
      throw new EOFException("the connection ended before the answer");
    }
    int[] budget = {HEAD_MAX};
    String first = line(budget);
    boolean known = first.startsWith("HTTP/1.1 ") || first.startsWith("HTTP/1.0 ");
    if (!known || first.length() < 12 || !isDigits(first.substring(9, 12)) || (first.length() > 12 && first.charAt(12) != ' ')) {
      throw new HttpProtocolException("does not answer with HTTP");
    }
    int status = Integer.parseInt(first.substring(9, 12));
    HttpHeaders headers = headers(budget);
    boolean noBody = toHeadRequest || status < 200 || status == 204 || status == 304;
    List<String> encodings = headers.all("transfer-encoding");
    boolean chunked = !noBody && !encodings.isEmpty();
    if (chunked && (encodings.size() != 1 || !encodings.getFirst().equalsIgnoreCase("chunked") || !headers.all("content-length").isEmpty())) {
      throw new HttpProtocolException("leaves open where its answer ends");
    }
    long length = noBody ? 0 : chunked ? Head.TO_THE_END : length(headers);
    boolean closes =
        first.startsWith("HTTP/1.0")
            || headers.all("connection").stream().anyMatch(value -> value.toLowerCase(java.util.Locale.ROOT).contains("close"))
            || (!chunked && length == Head.TO_THE_END);
    return new Head(status, headers, length, chunked, !closes);
  }

  private HttpHeaders headers(int[] budget) throws IOException {
    HttpHeaders headers = new HttpHeaders();
    while (true) {
      String line = line(budget);
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon);
      String value = line.substring(colon + 1).strip();
      if (!HttpHeaders.isName(name) || !HttpHeaders.isValue(value)) {
        throw new HttpProtocolException("sends a header field that is none");
      }
      headers.add(name, value);
    }
  }

  static long length(HttpHeaders headers) throws HttpProtocolException {
    List<String> lengths = headers.all("content-length").stream().distinct().toList();
    if (lengths.isEmpty()) {
      return Head.TO_THE_END;
    }
    String text = lengths.getFirst();
    if (lengths.size() > 1 || text.length() > 18 || !isDigits(text)) {
      throw new HttpProtocolException("leaves open where its answer ends");
    }
    return Long.parseLong(text);
  }

  /** A line without its end; what it and those before it take together is bounded. */
  private String line(int[] budget) throws IOException {
    byte[] line = new byte[128];
    int length = 0;
    while (true) {
      int next = read();
      if (next < 0) {
        throw new HttpProtocolException("ends its answer in the middle of the head");
      }
      if (--budget[0] < 0 || length > LINE_MAX) {
        throw new HttpProtocolException("sends a head of more than " + (HEAD_MAX >> 10) + " KiB");
      }
      if (next == '\n') {
        int cut = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return new String(line, 0, cut, StandardCharsets.ISO_8859_1);
      }
      if (length == line.length) {
        line = java.util.Arrays.copyOf(line, length * 2);
      }
      line[length++] = (byte) next;
    }
  }

  private int read() throws IOException {
    return at == end && !fill() ? -1 : buffer[at++] & 0xff;
  }

  private boolean fill() throws IOException {
    int count = in.read(buffer, 0, buffer.length);
    at = 0;
    end = Math.max(count, 0);
    return count > 0;
  }

  /** Bytes of the body that came with the head, then straight from the socket into the reader's array. */
  private int readBody(byte[] into, int from, int length) throws IOException {
    if (at == end) {
      return in.read(into, from, length);
    }
    int count = Math.min(length, end - at);
    System.arraycopy(buffer, at, into, from, count);
    at += count;
    return count;
  }

  /** The body of the answer whose head was read last. It throws if the connection ends before the body does. */
  InputStream body(Head head) {
    return head.chunked() ? new Chunked() : new Plain(head.length());
  }

  /** A body whose own end is known; {@link #isAtEnd} then says that the connection is at the start of the next answer. */
  abstract static class Body extends InputStream {
    abstract boolean isAtEnd();

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }

  private final class Plain extends Body {
    private long left;

    Plain(long length) {
      this.left = length;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (left == 0 || length == 0) {
        return left == 0 ? -1 : 0;
      }
      int count = readBody(into, from, left < 0 ? length : (int) Math.min(left, length));
      if (count < 0) {
        if (left > 0) {
          throw new EOFException("the connection ended " + left + " bytes early");
        }
        left = 0;
        return -1;
      }
      left -= left > 0 ? count : 0;
      return count;
    }

    @Override
    boolean isAtEnd() {
      return left == 0;
    }
  }

  private final class Chunked extends Body {
    private long left;
    private boolean first = true;
    private boolean ended;

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int count = readBody(into, from, (int) Math.min(left, length));
      if (count < 0) {
        throw new EOFException("the connection ended in the middle of the body");
      }
      left -= count;
      return count;
    }

    private void nextChunk() throws IOException {
      int[] budget = {LINE_MAX};
      if (!first && !line(budget).isEmpty()) {
        throw new HttpProtocolException("sends a chunk longer than it said");
      }
      first = false;
      String size = line(budget).split(";", 2)[0].strip();
      Optional<Long> parsed = hex(size);
      if (parsed.isEmpty()) {
        throw new HttpProtocolException("sends a chunk without a size");
      }
      left = parsed.get();
      if (left == 0) {
        headers(new int[] {HEAD_MAX}); // trailers, which nobody needs
        ended = true;
      }
    }

    @Override
    boolean isAtEnd() {
      return ended;
    }
  }

  private static Optional<Long> hex(String text) {
    if (text.isEmpty() || text.length() > 15 || !text.chars().allMatch(c -> c < 127 && Character.digit(c, 16) >= 0)) {
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(text, 16));
  }

  private static boolean isDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
