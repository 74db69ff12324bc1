package io.crij.image.registry;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server on loopback that answers each path byte by byte as a test writes it. One thread for each connection. */
final class ScriptedServer implements AutoCloseable {
  /** One request; header names in lower case. */
  record Request(String method, String target, Map<String, String> headers, String body) {
    String authorization() {
      return headers.getOrDefault("authorization", "");
    }
  }

  /** Answers a request; the connection is kept when it returns. */
  interface Script {
    void answer(Request request, OutputStream out) throws IOException;
  }

  private final ServerSocket listener;
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  final List<Request> requests = new CopyOnWriteArrayList<>();

  ScriptedServer() throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
  }

  ScriptedServer(ServerSocket listener) {
    this.listener = listener;
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return listener.getLocalPort();
  }

  /** @param path as in the first line, without the query; {@code *} for all others */
  ScriptedServer on(String path, Script script) {
    scripts.put(path, script);
    return this;
  }

  ScriptedServer on(String path, String answer) {
    return on(path, (request, out) -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1)));
  }

  static String answer(int status, String body, String... headers) {
    return "HTTP/1.1 " + status + " X\r\n" + String.join("", List.of(headers).stream().map(header -> header + "\r\n").toList())
        + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** Holds a connection until the server is closed. */
  void hang() {
    try {
      closed.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      while (true) {
        String first = in.readLine();
        if (first == null || !first.contains(" HTTP/1.1")) {
          return;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          if (line.indexOf(':') < 0) {
            return; // no HTTP: most likely the start of a TLS handshake
          }
          headers.put(line.substring(0, line.indexOf(':')).toLowerCase(java.util.Locale.ROOT), line.substring(line.indexOf(':') + 1).strip());
        }
        char[] body = new char[Integer.parseInt(headers.getOrDefault("content-length", "0"))];
        int got = 0;
        while (got < body.length) {
          got += in.read(body, got, body.length - got);
        }
        String[] words = first.split(" ", 3);
        Request request = new Request(words[0], words[1], headers, new String(body));
        requests.add(request);
        Script script = scripts.getOrDefault(words[1].split("\\?", 2)[0], scripts.getOrDefault("*", (r, out) -> out.write(answer(404, "").getBytes(StandardCharsets.ISO_8859_1))));
        script.answer(request, socket.getOutputStream());
      }
    } catch (IOException e) {
      // The client went away, or the script broke the connection on purpose.
    }
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
