package io.crij.daemon.trace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;

/** OTLP over HTTP, in protobuf. One POST at a time, so the JDK's plainest client will do. */
final class HttpCollector implements Collector {
  private static final int DEADLINE_MILLIS = 10_000;
  private static final int ANSWER_BYTES = 64 << 10;

  private final URL url;

  /** @param endpoint without a path for the usual one, {@code /v1/traces} */
  HttpCollector(URI endpoint) throws IOException {
    String path = endpoint.getPath() == null || endpoint.getPath().length() <= 1 ? "/v1/traces" : endpoint.getPath();
    int port = endpoint.getPort() == -1 ? 4318 : endpoint.getPort();
    url = URI.create(endpoint.getScheme() + "://" + endpoint.getHost() + ":" + port + path).toURL();
  }

  @Override
  public void send(byte[] request) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
    try {
      connection.setConnectTimeout(DEADLINE_MILLIS);
      connection.setReadTimeout(DEADLINE_MILLIS);
      connection.setInstanceFollowRedirects(false);
      connection.setRequestMethod("POST");
      connection.setRequestProperty("Content-Type", "application/x-protobuf");
      connection.setFixedLengthStreamingMode(request.length);
      connection.setDoOutput(true);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(request);
      }
      int code = connection.getResponseCode();
      if (code != HttpURLConnection.HTTP_OK) {
        throw new IOException("HTTP " + code);
      }
      try (InputStream answer = connection.getInputStream()) {
        answer.readNBytes(ANSWER_BYTES); // read, so that the connection can be used again
      }
    } catch (IOException e) {
      connection.disconnect();
      throw e;
    }
  }

  @Override
  public void close() {}
}
