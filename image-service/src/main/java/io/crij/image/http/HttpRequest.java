package io.crij.image.http;

import java.net.URI;

/** A request; its body is sent with its length and may be empty. */
public record HttpRequest(String method, URI url, HttpHeaders headers, byte[] body) {
  public static HttpRequest get(URI url) {
    return new HttpRequest("GET", url, new HttpHeaders(), new byte[0]);
  }

  /** Path and query, as they stand in the first line. */
  String target() {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
  }
}
