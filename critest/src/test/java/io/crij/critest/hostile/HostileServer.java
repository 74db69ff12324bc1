package io.crij.critest.hostile;

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

/**
 * A server on loopback that answers each path byte by byte as an attack writes it, and as a registry where nothing else is said. One
 * thread for each connection.
 */
final class HostileServer implements AutoCloseable {
  /** One request; header names in lower case. */
  record Request(String method, String target, Map<String, String> headers) {
    String authorization() {
      return headers.getOrDefault("authorization", "");
    }

    String path() {
      return target.split("\\?", 2)[0];
    }
  }

  /** Answers a request; the connection is kept when it returns, and cut when it throws. */
  interface Script {
    void answer(Request request, OutputStream out) throws IOException;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Content(String type, byte[] bytes) {}

  private static final int TLS_HANDSHAKE = 22;

  private final ServerSocket listener;
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final Map<String, Content> contents = new ConcurrentHashMap<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  final List<Request> requests = new CopyOnWriteArrayList<>();

  HostileServer() throws IOException {
    this(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()));
  }

  HostileServer(ServerSocket listener) {
    this.listener = listener;
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return listener.getLocalPort();
  }

  /** @param path without the query; {@code *} for all that no other script has */
  HostileServer on(String path, Script script) {
    scripts.put(path, script);
    return this;
  }

  HostileServer on(String path, String answer) {
    return on(path, (request, out) -> out.write(latin(answer)));
  }

  /** Serves the image as {@code repository:tag}. */
  HostileServer image(String repository, String tag, HostileImage image) {
    blob(repository, image.configBytes());
    image.layers().forEach(layer -> blob(repository, layer.blob()));
    return manifest(repository, tag, HostileImage.MANIFEST, HostileImage.bytes(image.manifest()));
  }

  HostileServer manifest(String repository, String tag, String type, byte[] bytes) {
    contents.put("/v2/" + repository + "/manifests/" + tag, new Content(type, bytes));
    contents.put("/v2/" + repository + "/manifests/" + HostileImage.digest(bytes), new Content(type, bytes));
    return this;
  }

  HostileServer blob(String repository, byte[] bytes) {
    return blobAt(repository, HostileImage.digest(bytes), bytes);
  }

  HostileServer blobAt(String repository, String digest, byte[] bytes) {
    contents.put(blobPath(repository, digest), new Content("application/octet-stream", bytes));
    return this;
  }

  static String blobPath(String repository, String digest) {
    return "/v2/" + repository + "/blobs/" + digest;
  }

  static String answer(int status, String body, String... headers) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Holds a connection until the server is closed. */
  void hang() {
    pause(600_000);
  }

  void pause(long millis) {
    try {
      if (closed.await(millis, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the server is closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a registry would say. */
  void serve(Request request, OutputStream out) throws IOException {
    Content content = contents.get(request.path());
    if (content == null) {
      out.write(latin(answer(404, "{\"errors\":[]}")));
      return;
    }
    int from = 0;
    String range = request.headers().getOrDefault("range", "");
    int to = content.bytes.length;
    if (range.startsWith("bytes=")) {
      String[] ends = range.substring(6).split("-", 2);
      from = Integer.parseInt(ends[0]);
      to = ends[1].isEmpty() ? to : Math.min(to, Integer.parseInt(ends[1]) + 1);
    }
    boolean part = !range.isEmpty();
    if (from >= to && part) {
      out.write(latin(answer(416, "")));
      return;
    }
    out.write(
        latin(
            "HTTP/1.1 " + (part ? "206 Partial" : "200 OK") + "\r\nContent-Type: " + content.type + "\r\nContent-Length: " + (to - from) + "\r\n"
                + (part ? "Content-Range: bytes " + from + "-" + (to - 1) + "/" + content.bytes.length + "\r\n" : "") + "\r\n"));
    out.write(content.bytes, from, to - from);
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
        return; // A line of it may never end.
      }
      in.reset();
      while (true) {
        String first = line(in);
        if (!first.contains(" HTTP/1.1")) {
          return;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
          int colon = line.indexOf(':');
          headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        in.skipNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        String[] words = first.split(" ", 3);
        Request request = new Request(words[0], words[1], headers);
        requests.add(request);
        Script script = scripts.get(request.path());
        script = script != null ? script : contents.containsKey(request.path()) ? this::serve : scripts.getOrDefault("*", this::serve);
        script.answer(request, socket.getOutputStream());
        socket.getOutputStream().flush();
      }
    } catch (IOException | RuntimeException e) {
      return; // The client went away, or the script broke the connection on purpose.
    } finally {
      sockets.remove(socket);
    }
  }

  /** A line without its end; empty at the end of the head and of the stream. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() > 100_000) {
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
