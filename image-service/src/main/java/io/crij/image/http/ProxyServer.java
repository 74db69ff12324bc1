package io.crij.image.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between the node and a registry.
 *
 * @param authorization value of {@code Proxy-Authorization}, empty for none
 */
public record ProxyServer(Kind kind, String host, int port, String authorization) {
  /** How to speak to it. */
  public enum Kind {
    HTTP,
    HTTPS,
    SOCKS
  }

  /**
   * {@code [scheme://][user:password@]host[:port]}, as in the environment variables of curl and Go programs; a missing scheme is
   * http.
   *
   * @throws IllegalArgumentException with a reason that does not quote the text, which may hold a password
   */
  public static ProxyServer parse(String text) {
    URI url;
    try {
      url = new URI(text.contains("://") ? text : "http://" + text);
    } catch (java.net.URISyntaxException e) {
      throw new IllegalArgumentException("it is not the URL of a proxy");
    }
    Kind kind =
        switch (String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT)) {
          case "http" -> Kind.HTTP;
          case "https" -> Kind.HTTPS;
          case "socks5", "socks5h" -> Kind.SOCKS;
          default -> throw new IllegalArgumentException("a proxy is reached by http, https or socks5");
        };
    if (url.getHost() == null) {
      throw new IllegalArgumentException("it names no host");
    }
    int usual = kind == Kind.HTTP ? 80 : kind == Kind.HTTPS ? 443 : 1080;
    @Nullable String user = url.getUserInfo();
    if (user != null && kind == Kind.SOCKS) {
      throw new IllegalArgumentException("a SOCKS proxy cannot be logged in to");
    }
    String authorization = user == null ? "" : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    return new ProxyServer(kind, url.getHost(), url.getPort() < 0 ? usual : url.getPort(), authorization);
  }

  /** Without what it is logged in to with. */
  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + " proxy " + host + ":" + port;
  }
}
