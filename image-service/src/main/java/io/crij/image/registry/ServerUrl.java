package io.crij.image.registry;

import io.crij.image.content.Reference;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** URLs of registries as administrators write them, and what they mean when they are left out. */
final class ServerUrl {
  private static final String HUB = "docker.io";
  private static final String HUB_SERVER = "registry-1.docker.io";

  private ServerUrl() {}

  /** Host and port of the server behind a registry's name. */
  static String authority(String host) {
    return host.equals(HUB) ? HUB_SERVER : host;
  }

  /** Registries speak https; those on this very node may speak http, as containerd and CRI-O have it. */
  static URI ofHost(String host) {
    return base((isLoopback(host) ? "http://" : "https://") + authority(host), false);
  }

  /**
   * The URL that API paths are added to: with {@code /v2} at its end, unless the path is given as it is.
   *
   * @throws IllegalArgumentException if the text is no URL of a web server
   */
  static URI base(String url, boolean overridePath) {
    URI uri;
    try {
      uri = new URI(url.contains("://") ? url : (isLoopback(url) ? "http://" : "https://") + url);
    } catch (URISyntaxException e) {
      throw bad(url);
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    boolean web = scheme.equals("http") || scheme.equals("https");
    if (!web || uri.getHost() == null || uri.getUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getPort() > 65_535) {
      throw bad(url);
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
    if (!overridePath && !path.endsWith("/v2")) {
      path = path + "/v2";
    }
    return URI.create(scheme + "://" + uri.getRawAuthority().toLowerCase(Locale.ROOT) + path);
  }

  static boolean isLoopback(String host) {
    String first = host.split("/", 2)[0];
    String name = first.startsWith("[") ? first.substring(0, first.indexOf(']') + 1) : first.replaceAll(":[0-9]+$", "");
    return name.equals("localhost") || name.equals("[::1]") || name.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }

  /** Whether both name one server: scheme, host and port are the same. */
  static boolean isSame(URI one, URI other) {
    return String.valueOf(one.getScheme()).equalsIgnoreCase(other.getScheme())
        && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  static int port(URI url) {
    return url.getPort() >= 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
  }

  /** Whether the server at {@code base} is the registry of that name itself. */
  static boolean isRegistry(URI base, String host) {
    URI usual = ofHost(host);
    return String.valueOf(usual.getHost()).equalsIgnoreCase(base.getHost()) && (isSame(usual, base) || authority(host).equalsIgnoreCase(base.getRawAuthority()));
  }

  private static IllegalArgumentException bad(String url) {
    return new IllegalArgumentException("'" + Reference.printable(url.replaceAll("//[^/@]*@", "//…@")) + "' is not the URL of a registry");
  }
}
