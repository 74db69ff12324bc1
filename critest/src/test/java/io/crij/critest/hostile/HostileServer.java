package io.crij.critest.hostile;

import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A server that answers as an attack writes it, and as a registry where nothing else is said. */
final class HostileServer extends ScriptedServer {
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Content(String type, byte[] bytes) {}

  private final Map<String, Content> contents = new ConcurrentHashMap<>();

  HostileServer() throws IOException {}

  HostileServer(ServerSocket listener) {
    super(listener);
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

  @Override
  protected Script unscripted(String path) {
    return contents.containsKey(path) ? this::serve : super.unscripted(path);
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
}
