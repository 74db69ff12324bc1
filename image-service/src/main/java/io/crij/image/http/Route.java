package io.crij.image.http;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The way to a server. Connections are shared among requests of equal routes.
 *
 * @param host as in the URL, IPv6 without brackets
 * @param tls how to secure it, null for plain http
 * @param proxy what stands between, null for nothing
 * @param reach which addresses the server's name may stand for
 */
public record Route(String host, int port, @Nullable TlsSettings tls, @Nullable ProxyServer proxy, Reach reach) {
  /** Who chose the server. */
  public enum Reach {
    /** The administrator or the image's name: any address. */
    CONFIGURED,
    /** A server that is itself on this node. */
    NAMED_BY_NODE,
    /** A server elsewhere, which must not point us at this node or its link: metadata services listen there. */
    NAMED_BY_STRANGER
  }

  public static Route to(URI url, @Nullable TlsSettings tls, ProxyRules proxies, Reach reach) {
    boolean secure = "https".equals(url.getScheme());
    String host = url.getHost().startsWith("[") ? url.getHost().substring(1, url.getHost().length() - 1) : url.getHost();
    int port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
    @Nullable ProxyServer proxy = proxies.forServer(secure, host, port).orElse(null);
    return new Route(host, port, secure ? (tls == null ? TlsSettings.DEFAULT : tls) : null, proxy, reach);
  }
}
