package io.crij.image.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An HTTP server on loopback that answers each path byte by byte as a test writes it. One thread for each connection. */
public class ScriptedServer implements AutoCloseable {
  private static final int TLS_HANDSHAKE = 22;
  private static final int MAX_LINE = 100_000;

  /** One request; header names in lower case. */
  public record Request(String method, String target, Map<String, String> headers, String body) {
    public String authorization() {
      return headers.getOrDefault("authorization", "");
    }

    /** The target without its query. */
    public String path() {
      return target.split("\\?", 2)[0];
    }
  }

  /** Answers a request; the connection is kept when it returns, and cut when it throws. */
  public interface Script {
    void answer(Request request, OutputStream out) throws IOException;
  }

  /** In the order in which they came. */
  public final List<Request> requests = new CopyOnWriteArrayList<>();

  private final ServerSocket listener;
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  public ScriptedServer() throws IOException {
    this(new ServerSocket(0, 200, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
  }

  @SuppressWarnings("this-escape") // connections come to a server that is complete: its own fields are set, and subclasses answer by maps
  public ScriptedServer(ServerSocket listener) {
    this.listener = listener;
    Thread.ofVirtual().start(this::accept);
  }

  public final String host() {
    return "127.0.0.1:" + port();
  }

  public final int port() {
    return listener.getLocalPort();
  }

  /** @param path without the query; {@code *} for all that have no script of their own */
  public final ScriptedServer on(String path, Script script) {
    scripts.put(path, script);
    return this;
  }

  public final ScriptedServer on(String path, String answer) {
    return on(path, (request, out) -> out.write(latin(answer)));
  }

  /** What answers a path without a script of its own. */
  protected Script unscripted(String path) {
    return scripts.getOrDefault("*", (request, out) -> out.write(latin(answer(404, "{\"errors\":[]}"))));
  }

  public static String answer(int status, String body, String... headers) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** The text as bytes of the same numbers. */
  public static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Holds a connection until the server is closed. */
  public final void hang() {
    pause(600_000);
  }

  /** Holds a connection; the server's end cuts it. */
  public final void pause(long millis) {
    try {
      if (closed.await(millis, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the server is closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void converse(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      in.mark(1);
      if (in.read() == TLS_HANDSHAKE) {
        return; // a line of it may never end
      }
      in.reset();
      while (true) {
        String first = line(in);
        if (!first.contains(" HTTP/1.1")) {
          return;
        }
        Request request = request(first, in);
        requests.add(request);
        Script script = scripts.get(request.path());
        (script != null ? script : unscripted(request.path())).answer(request, socket.getOutputStream());
        socket.getOutputStream().flush();
      }
    } catch (IOException | RuntimeException e) {
      return; // the client went away, or the script broke the connection on purpose
    } finally {
      sockets.remove(socket);
    }
  }

  private static Request request(String first, InputStream in) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    String[] words = first.split(" ", 3);
    return new Request(words[0], words[1], headers, new String(body, StandardCharsets.ISO_8859_1));
  }

  /** A line without its end; empty at the end of the head and of the stream. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() > MAX_LINE) {
        throw new IOException("no request has such lines");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
