package io.crij.image.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy stands before which server: what {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY} say, read as Go programs read
 * them, so that one unit file serves any runtime. The node itself (localhost, 127/8, ::1) is never reached through a proxy.
 */
public final class ProxyRules {
  public static final ProxyRules NONE = new ProxyRules(null, null, List.of());

  private sealed interface Direct permits Everything, Network, Name {}

  private record Everything() implements Direct {}

  /** @param port 0 for any */
  private record Network(byte[] address, int prefix, int port) implements Direct {}

  /** A suffix with a dot in front; {@code exact} also means the name without it. */
  private record Name(String suffix, boolean exact, int port) implements Direct {}

  private final @Nullable ProxyServer http;
  private final @Nullable ProxyServer https;
  private final List<Direct> exceptions;

  private ProxyRules(@Nullable ProxyServer http, @Nullable ProxyServer https, List<Direct> exceptions) {
    this.http = http;
    this.https = https;
    this.exceptions = exceptions;
  }

  /**
   * From texts as in the environment; empty for none.
   *
   * @throws IllegalArgumentException naming the variable, not its content
   */
  public static ProxyRules of(String httpProxy, String httpsProxy, String noProxy) {
    return new ProxyRules(server("HTTP_PROXY", httpProxy), server("HTTPS_PROXY", httpsProxy), exceptions(noProxy));
  }

  /** As {@link #of(String, String, String)}, with the environment's variable, in capitals or small letters, where a text is empty. */
  public static ProxyRules of(String httpProxy, String httpsProxy, String noProxy, Map<String, String> environment) {
    return of(
        httpProxy.isEmpty() ? variable(environment, "HTTP_PROXY") : httpProxy,
        httpsProxy.isEmpty() ? variable(environment, "HTTPS_PROXY") : httpsProxy,
        noProxy.isEmpty() ? variable(environment, "NO_PROXY") : noProxy);
  }

  private static String variable(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : value;
  }

  private static @Nullable ProxyServer server(String name, String text) {
    if (text.isBlank()) {
      return null;
    }
    try {
      return ProxyServer.parse(text.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " cannot be used: " + e.getMessage());
    }
  }

  private static List<Direct> exceptions(String text) {
    List<Direct> all = new ArrayList<>();
    for (String raw : text.split(",", -1)) {
      String entry = raw.strip().toLowerCase(Locale.ROOT);
      if (entry.equals("*")) {
        all.add(new Everything());
      } else if (!entry.isEmpty()) {
        all.add(rule(entry));
      }
    }
    return List.copyOf(all);
  }

  private static Direct rule(String entry) {
    int slash = entry.indexOf('/');
    if (slash > 0) {
      byte @Nullable [] network = literal(entry.substring(0, slash));
      String length = entry.substring(slash + 1);
      if (network != null && length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= network.length * 8) {
        return new Network(network, Integer.parseInt(length), 0);
      }
    }
    String name = entry;
    int port = 0;
    int colon = entry.lastIndexOf(':');
    boolean single = colon >= 0 && (entry.indexOf(':') == colon || entry.charAt(colon - 1) == ']');
    if (single && entry.substring(colon + 1).matches("[0-9]{1,5}")) {
      name = entry.substring(0, colon);
      port = Integer.parseInt(entry.substring(colon + 1));
    }
    byte @Nullable [] address = literal(name);
    if (address != null) {
      return new Network(address, address.length * 8, port);
    }
    if (name.startsWith("*.")) {
      name = name.substring(1);
    }
    return name.startsWith(".") ? new Name(name, false, port) : new Name("." + name, true, port);
  }

  /** The proxy to reach a server by. {@code host} may be an address, IPv6 with or without brackets. */
  public Optional<ProxyServer> forServer(boolean tls, String host, int port) {
    ProxyServer proxy = tls ? https : http;
    String name = host.toLowerCase(Locale.ROOT);
    byte @Nullable [] address = literal(name);
    if (proxy == null || name.equals("localhost") || name.endsWith(".localhost") || (address != null && isLoopback(address))) {
      return Optional.empty();
    }
    for (Direct rule : exceptions) {
      boolean direct =
          switch (rule) {
            case Everything all -> true;
            case Network network -> address != null && (network.port == 0 || network.port == port) && contains(network, address);
            case Name suffix ->
                (suffix.port == 0 || suffix.port == port)
                    && (name.endsWith(suffix.suffix) || (suffix.exact && name.equals(suffix.suffix.substring(1))));
          };
      if (direct) {
        return Optional.empty();
      }
    }
    return Optional.of(proxy);
  }

  private static boolean contains(Network network, byte[] address) {
    if (network.address.length != address.length) {
      return false;
    }
    for (int bit = 0; bit < network.prefix; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((network.address[bit / 8] & mask) != (address[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLoopback(byte[] address) {
    try {
      return InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("an address has 4 or 16 bytes", e);
    }
  }

  /** The bytes of an address in text, or null for any other text; no name is looked up. */
  static byte @Nullable [] literal(String text) {
    String plain = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    try {
      return plain.isEmpty() || plain.indexOf('%') >= 0 ? null : InetAddress.ofLiteral(plain).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
