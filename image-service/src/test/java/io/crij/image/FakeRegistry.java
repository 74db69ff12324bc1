package io.crij.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.crij.image.content.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A registry on loopback that serves what a test gives it and can be told to misbehave path by path. */
public final class FakeRegistry implements AutoCloseable {
  /** Answers one request in place of the registry. */
  public interface Trick {
    void answer(HttpExchange exchange) throws IOException;
  }

  public record Seen(String path, String authorization, String query) {}

  private record Content(String type, byte[] bytes) {}

  private final HttpServer server;
  private final Map<String, Content> contents = new ConcurrentHashMap<>();
  private final Map<String, Trick> tricks = new ConcurrentHashMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  public FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  public String host() {
    return "127.0.0.1:" + port();
  }

  public List<Seen> seen() {
    return seen;
  }

  /** Serves the image as {@code repository:tag}; returns its manifest's digest. */
  Digest put(String repository, String tag, TestImage image) {
    blob(repository, image.configBytes());
    image.layers().forEach(layer -> blob(repository, layer.blob()));
    return manifest(repository, tag, Manifests.OCI_MANIFEST, image.manifestBytes());
  }

  public Digest manifest(String repository, String tag, String type, byte[] bytes) {
    Digest digest = Digest.of(bytes);
    contents.put("/v2/" + repository + "/manifests/" + tag, new Content(type, bytes));
    contents.put("/v2/" + repository + "/manifests/" + digest, new Content(type, bytes));
    return digest;
  }

  public void blob(String repository, byte[] bytes) {
    blobAt(repository, Digest.of(bytes), bytes);
  }

  void blobAt(String repository, Digest digest, byte[] bytes) {
    contents.put("/v2/" + repository + "/blobs/" + digest, new Content("application/octet-stream", bytes));
  }

  void trick(String path, Trick trick) {
    tricks.put(path, trick);
  }

  static void send(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  void serveNormally(HttpExchange exchange) throws IOException {
    Content content = contents.get(exchange.getRequestURI().getPath());
    if (content == null) {
      send(exchange, 404, "application/json", "{\"errors\":[]}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } else {
      send(exchange, 200, content.type, content.bytes);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String query = exchange.getRequestURI().getRawQuery();
    seen.add(new Seen(path, authorization == null ? "" : authorization, query == null ? "" : query));
    Trick trick = tricks.getOrDefault(path, tricks.getOrDefault("*", this::serveNormally));
    try {
      trick.answer(exchange);
    } finally {
      exchange.close();
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
