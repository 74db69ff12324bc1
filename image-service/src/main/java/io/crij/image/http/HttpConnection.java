package io.crij.image.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One HTTP/1.1 connection; one exchange at a time. */
final class HttpConnection implements Closeable {
  private final Socket socket;
  private final Route route;
  private final OutputStream out;
  private final HttpReader reader;
  private final Watch watch;
  private Watch.@Nullable Exchange exchange;
  private long idleSince;

  HttpConnection(Socket socket, Route route, Watch watch) throws IOException {
    this.socket = socket;
    this.route = route;
    this.watch = watch;
    this.out = socket.getOutputStream();
    this.reader = new HttpReader(new Watched(socket.getInputStream()));
  }

  Route route() {
    return route;
  }

  void rests(long now) {
    idleSince = now;
  }

  long idleSince() {
    return idleSince;
  }

  /** Sends a request and reads the head of its answer. The connection is broken if this throws. */
  HttpReader.Head ask(HttpRequest request, Pace pace, PullTimeouts timeouts) throws IOException {
    Watch.Exchange begun =
        new Watch.Exchange(pace, timeouts.head()) {
          @Override
          void abort() {
            HttpConnection.this.closeSocket();
          }
        };
    exchange = begun;
    watch.begin(begun);
    try {
      out.write(encode(request));
      HttpReader.Head head = reader.head(request.method().equals("HEAD"));
      begun.bodyBegins();
      return head;
    } catch (IOException e) {
      close();
      if (Thread.currentThread().isInterrupted()) {
        throw new java.io.InterruptedIOException("the pull was stopped");
      }
      throw begun.explain(e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  InputStream body(HttpReader.Head head) {
    return reader.body(head);
  }

  /** The exchange is over. */
  void answered() {
    if (exchange != null) {
      watch.end(exchange);
      exchange = null;
    }
  }

  private byte[] encode(HttpRequest request) {
    ProxyServer proxy = route.proxy();
    boolean plainProxy = proxy != null && proxy.kind() != ProxyServer.Kind.SOCKS && route.tls() == null;
    String target = plainProxy ? "http://" + request.url().getRawAuthority() + request.target() : request.target();
    StringBuilder head = new StringBuilder(request.method()).append(' ').append(target).append(" HTTP/1.1\r\n");
    if (request.headers().all("host").isEmpty()) {
      head.append("Host: ").append(request.url().getRawAuthority()).append("\r\n");
    }
    if (proxy != null && plainProxy && !proxy.authorization().isEmpty()) {
      head.append("Proxy-Authorization: ").append(proxy.authorization()).append("\r\n");
    }
    if (request.body().length > 0) {
      head.append("Content-Length: ").append(request.body().length).append("\r\n");
    }
    for (Map.Entry<String, List<String>> field : request.headers().fields().entrySet()) {
      for (String value : field.getValue()) {
        if (!HttpHeaders.isName(field.getKey()) || !HttpHeaders.isValue(value)) {
          throw new IllegalArgumentException("the header " + field.getKey() + " cannot be sent");
        }
        head.append(field.getKey()).append(": ").append(value).append("\r\n");
      }
    }
    head.append("\r\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    bytes.writeBytes(request.body());
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    answered();
    closeSocket();
  }

  private void closeSocket() {
    try {
      socket.close();
    } catch (IOException e) {
      // A connection that cannot be closed is as gone as one that is.
    }
  }

  /** The socket's bytes, under the eyes of the watch. */
  private final class Watched extends InputStream {
    private final InputStream in;

    Watched(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      Watch.Exchange now = exchange;
      if (now == null) {
        throw new IOException("the answer was closed");
      }
      now.waits();
      int count = 0;
      try {
        count = in.read(into, from, length);
        return count;
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw new java.io.InterruptedIOException("the pull was stopped");
        }
        throw now.explain(e);
      } finally {
        now.received(count);
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }
}
