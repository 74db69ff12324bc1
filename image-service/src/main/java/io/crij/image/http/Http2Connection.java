package io.crij.image.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One HTTP/2 connection (RFC 9113), shared by all who ask one server for something small: no further handshake, however many ask at once.
 * What a server may make it keep or do is bounded: header blocks, bytes ahead of the reader, streams, and frames that carry nothing.
 */
final class Http2Connection implements Closeable {
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final Set<String> OF_HTTP_1 = Set.of("connection", "host", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");
  private static final String ENDED = "the connection ended before the answer";
  private static final int STREAMS_MAX = 64;
  private static final int HEADERS_MAX = 64 << 10;
  private static final int IDLE_FRAMES_MAX = 1_000;
  private static final int LAST_STREAM_ID = Integer.MAX_VALUE - 2;

  private final Socket socket;
  private final Watch watch;
  private final PullTimeouts timeouts;
  private final OutputStream out;
  private final ReentrantLock writing = new ReentrantLock();
  private final Map<Integer, Http2Stream> streams = new ConcurrentHashMap<>();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, HEADERS_MAX);
  private int nextId = 1;
  private int peerStreams = STREAMS_MAX;
  private int unread;
  private int idleFrames;
  private volatile boolean closed;
  private volatile long usedAt = System.nanoTime();

  Http2Connection(Socket socket, Watch watch, PullTimeouts timeouts) throws IOException {
    this.socket = socket;
    this.watch = watch;
    this.timeouts = timeouts;
    this.out = socket.getOutputStream();
    ByteBuffer settings = ByteBuffer.allocate(18).putShort((short) 2).putInt(0).putShort((short) 4).putInt(Http2Stream.WINDOW).putShort((short) 6).putInt(HEADERS_MAX);
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    first.writeBytes(PREFACE);
    first.writeBytes(new Http2Frame(Http2Frame.SETTINGS, 0, 0, settings.array()).encode());
    first.writeBytes(new Http2Frame(Http2Frame.WINDOW_UPDATE, 0, 0, Http2Frame.number(STREAMS_MAX * Http2Stream.WINDOW)).encode());
    out.write(first.toByteArray());
    Thread.ofVirtual().name("registry-http2").start(this::receive);
  }

  /** Whether another request can be begun. */
  boolean isOpen() {
    writing.lock();
    try {
      return !closed && nextId < LAST_STREAM_ID && streams.size() < Math.min(peerStreams, STREAMS_MAX);
    } finally {
      writing.unlock();
    }
  }

  /** When it was last used, if nobody uses it now. */
  boolean isIdleSince(long nanoTime) {
    return streams.isEmpty() && usedAt - nanoTime < 0;
  }

  HttpAnswer send(HttpRequest request, Pace pace) throws IOException {
    Watch.Exchange exchange =
        new Watch.Exchange(pace, timeouts.head()) {
          @Override
          void abort() {
            close(); // A write may be stuck, too; who else waits here asks again.
          }
        };
    watch.begin(exchange);
    Http2Stream stream;
    try {
      stream = begin(request);
    } catch (IOException e) {
      watch.end(exchange);
      close();
      throw exchange.explain(e);
    }
    try {
      HttpHeaders headers = stream.awaitHead();
      exchange.bodyBegins();
      int status = Integer.parseInt(headers.first(":status").orElse("0"));
      long length = HttpReader.length(headers);
      return new HttpAnswer(status, headers, length, stream.body(exchange, length), whole -> {
        watch.end(exchange);
        giveUp(stream, new IOException("the answer was closed"));
      });
    } catch (IOException e) {
      watch.end(exchange);
      giveUp(stream, e);
      throw exchange.explain(e);
    }
  }

  private Http2Stream begin(HttpRequest request) throws IOException {
    writing.lock();
    try {
      if (closed) {
        throw new EOFException(ENDED);
      }
      Http2Stream stream = new Http2Stream(nextId, this);
      nextId += 2;
      streams.put(stream.id(), stream);
      if (closed) { // after the others were told
        streams.remove(stream.id());
        throw new EOFException(ENDED);
      }
      byte[] block = encode(request);
      boolean empty = request.body().length == 0;
      if (block.length > Http2Frame.PAYLOAD_MAX || request.body().length > Http2Frame.PAYLOAD_MAX) {
        streams.remove(stream.id());
        throw new IOException("the request is larger than " + Http2Frame.PAYLOAD_MAX + " bytes");
      }
      out.write(new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS | (empty ? Http2Frame.END_STREAM : 0), stream.id(), block).encode());
      if (!empty) {
        out.write(new Http2Frame(Http2Frame.DATA, Http2Frame.END_STREAM, stream.id(), request.body()).encode());
      }
      return stream;
    } finally {
      writing.unlock();
    }
  }

  /** Header fields as literals that no table keeps (RFC 7541, section 6.2.3): a secret must not stay in the peer's table. */
  private static byte[] encode(HttpRequest request) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", request.method());
    literal(block, ":scheme", "https");
    literal(block, ":authority", request.url().getRawAuthority());
    literal(block, ":path", request.target());
    for (Map.Entry<String, List<String>> field : request.headers().fields().entrySet()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!OF_HTTP_1.contains(name)) {
        field.getValue().forEach(value -> literal(block, name, value));
      }
    }
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0x10);
    for (String text : List.of(name, value)) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      int length = bytes.length;
      if (length < 127) {
        block.write(length);
      } else {
        block.write(127);
        length -= 127;
        for (; length >= 128; length >>= 7) {
          block.write((length & 127) | 128);
        }
        block.write(length);
      }
      block.writeBytes(bytes);
    }
  }

  /** The caller took bytes out: the server may send as many again. */
  void moreFor(int stream, int bytes) throws IOException {
    write(new Http2Frame(Http2Frame.WINDOW_UPDATE, 0, stream, Http2Frame.number(bytes)));
  }

  /** Nobody waits for this stream any more. */
  private void giveUp(Http2Stream stream, IOException why) {
    boolean open = streams.remove(stream.id()) != null && !stream.isEnded();
    usedAt = System.nanoTime();
    stream.failed(why);
    if (open) {
      try {
        write(new Http2Frame(Http2Frame.RST_STREAM, 0, stream.id(), Http2Frame.number(8)));
      } catch (IOException e) {
        close();
      }
    }
    if (closed && streams.isEmpty()) {
      close();
    }
  }

  private void write(Http2Frame frame) throws IOException {
    writing.lock();
    try {
      out.write(frame.encode());
    } finally {
      writing.unlock();
    }
  }

  private void receive() {
    IOException why = new EOFException(ENDED);
    try (InputStream raw = socket.getInputStream();
        DataInputStream in = new DataInputStream(new BufferedInputStream(raw, Http2Frame.PAYLOAD_MAX))) {
      for (Http2Frame frame = Http2Frame.read(in); frame != null; frame = Http2Frame.read(in)) {
        accept(frame, in);
      }
    } catch (IOException e) {
      why = e;
    } catch (RuntimeException e) {
      why = new HttpProtocolException("sends what cannot be read: " + e);
    } finally {
      failAll(why);
      close();
    }
  }

  private void failAll(IOException why) {
    for (Http2Stream stream : streams.values()) {
      stream.failed(why);
    }
  }

  private void accept(Http2Frame frame, DataInputStream in) throws IOException {
    idleFrames = frame.type() == Http2Frame.DATA && frame.payload().length > 0 ? 0 : idleFrames + 1;
    if (idleFrames > IDLE_FRAMES_MAX * (1 + streams.size())) {
      throw new HttpProtocolException("sends frames that carry nothing");
    }
    switch (frame.type()) {
      case Http2Frame.DATA -> data(frame);
      case Http2Frame.HEADERS -> headers(frame, in);
      case Http2Frame.RST_STREAM -> reset(frame);
      case Http2Frame.SETTINGS -> settings(frame);
      case Http2Frame.PING -> {
        if (!frame.has(Http2Frame.ACK)) {
          write(new Http2Frame(Http2Frame.PING, Http2Frame.ACK, 0, frame.payload()));
        }
      }
      case Http2Frame.GOAWAY -> goAway(frame);
      case Http2Frame.PUSH_PROMISE, Http2Frame.CONTINUATION -> throw new HttpProtocolException("sends what it was not asked for");
      default -> {
        // WINDOW_UPDATE: our requests are small. Others: unknown types are to be passed over.
      }
    }
  }

  private void data(Http2Frame frame) throws IOException {
    unread += frame.payload().length;
    if (unread >= Http2Stream.WINDOW) {
      moreFor(0, unread);
      unread = 0;
    }
    Http2Stream stream = streams.get(frame.stream());
    if (stream == null) {
      return; // given up meanwhile
    }
    try {
      stream.data(frame.content(), frame.payload().length, frame.has(Http2Frame.END_STREAM));
    } catch (HttpProtocolException e) {
      giveUp(stream, e);
    }
  }

  private void headers(Http2Frame first, DataInputStream in) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(first.content());
    boolean end = first.has(Http2Frame.END_HEADERS);
    for (int more = 0; !end; more++) {
      Http2Frame next = Http2Frame.read(in);
      if (next == null || next.type() != Http2Frame.CONTINUATION || next.stream() != first.stream() || block.size() > HEADERS_MAX || more > 16) {
        throw new HttpProtocolException("sends a header block without end");
      }
      block.writeBytes(next.payload());
      end = next.has(Http2Frame.END_HEADERS);
    }
    HttpHeaders headers = new HttpHeaders();
    ByteBuf bytes = Unpooled.wrappedBuffer(block.toByteArray());
    try {
      decoder.decodeHeaders(first.stream(), bytes).forEach(field -> headers.add(field.getKey().toString(), field.getValue().toString()));
    } catch (Http2Exception e) {
      throw new HttpProtocolException("sends headers that cannot be read");
    } finally {
      bytes.release();
    }
    Http2Stream stream = streams.get(first.stream());
    boolean last = first.has(Http2Frame.END_STREAM);
    String status = headers.first(":status").orElse("");
    if (stream == null || (status.startsWith("1") && !last)) {
      return; // given up meanwhile, or an interim answer
    }
    if (!status.isEmpty() && !status.matches("[2-5][0-9][0-9]")) {
      throw new HttpProtocolException("sends an answer without a status");
    }
    stream.headed(headers, last);
  }

  private void reset(Http2Frame frame) throws HttpProtocolException {
    int code = frame.number();
    Http2Stream stream = streams.get(frame.stream());
    if (stream != null) {
      // REFUSED_STREAM: it was not begun, so it may be asked for again.
      stream.failed(code == 7 ? new EOFException("the server refused the request for now") : new IOException("the server broke off its answer"));
    }
  }

  private void settings(Http2Frame frame) throws IOException {
    if (frame.has(Http2Frame.ACK)) {
      return;
    }
    ByteBuffer settings = ByteBuffer.wrap(frame.payload());
    writing.lock();
    try {
      while (settings.remaining() >= 6) {
        short id = settings.getShort();
        int value = settings.getInt() & Integer.MAX_VALUE;
        peerStreams = id == 3 ? value : peerStreams;
      }
    } finally {
      writing.unlock();
    }
    write(new Http2Frame(Http2Frame.SETTINGS, Http2Frame.ACK, 0, new byte[0]));
  }

  private void goAway(Http2Frame frame) throws HttpProtocolException {
    if (frame.payload().length < 8) {
      throw new HttpProtocolException("sends a frame of a wrong size");
    }
    closed = true; // for new requests
    int last = ByteBuffer.wrap(frame.payload()).getInt() & Integer.MAX_VALUE;
    for (Http2Stream stream : streams.values()) {
      if (stream.id() > last) {
        stream.failed(new EOFException(ENDED));
      }
    }
    if (streams.isEmpty()) {
      close();
    }
  }

  /** Takes no further request, and ends with those that run. */
  void retire() {
    closed = true;
    if (streams.isEmpty()) {
      close();
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      socket.close();
    } catch (IOException e) {
      // A connection that cannot be closed is as gone as one that is.
    }
    failAll(new EOFException(ENDED));
  }
}
