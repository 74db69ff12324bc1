package io.crij.image.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Connects to a server: by name to the first address that answers, through a proxy if the route has one, secured if it says so. */
final class Dialer {
  /** An address that does not answer must not use up the time of those after it. */
  private static final int ONE_ADDRESS_MILLIS = 3_000;

  private static final NameLookup NAMES = new NameLookup(InetAddress::getAllByName);

  private Dialer() {}

  /**
   * A connected socket.
   *
   * @param timeout for all of it, from the first packet to the end of the TLS handshake
   * @param protocols offered in ALPN, best first
   */
  static Socket dial(Route route, Duration timeout, String... protocols) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    @Nullable ProxyServer proxy = route.proxy();
    if (proxy != null && isForbiddenLiteral(route)) {
      throw new ForbiddenAddressException(route.host());
    }
    Socket socket = proxy == null ? reach(route, deadline) : throughProxy(proxy, route, deadline);
    Watch.Deadline until = Watch.closing(socket, deadline);
    try {
      socket.setTcpNoDelay(true);
      if (proxy != null && proxy.kind() == ProxyServer.Kind.HTTPS) {
        socket = secure(socket, TlsSettings.DEFAULT, proxy.host(), proxy.port());
      }
      if (proxy != null && proxy.kind() != ProxyServer.Kind.SOCKS && route.tls() != null) {
        tunnel(socket, proxy, route);
      }
      TlsSettings tls = route.tls();
      Socket ready = tls == null ? socket : secure(socket, tls, route.host(), route.port(), protocols);
      until.met();
      return ready;
    } catch (IOException | RuntimeException e) {
      socket.close();
      until.met(); // says what closed the socket, if that was it
      throw e;
    }
  }

  private static Socket reach(Route route, long deadline) throws IOException {
    InetAddress[] addresses = NAMES.addresses(route.host(), left(deadline));
    @Nullable IOException last = null;
    for (int i = 0; i < addresses.length; i++) {
      if (isForbidden(addresses[i], route.reach())) {
        last = new ForbiddenAddressException(addresses[i].getHostAddress());
        continue;
      }
      int left = left(deadline);
      int patience = i == addresses.length - 1 ? left : Math.min(left, ONE_ADDRESS_MILLIS);
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(addresses[i], route.port()), patience);
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last == null ? new ConnectException("its name stands for no address") : last;
  }

  private static boolean isForbidden(InetAddress address, Route.Reach reach) {
    boolean nodeItself = address.isLoopbackAddress() || address.isAnyLocalAddress();
    return switch (reach) {
      case CONFIGURED -> false;
      case NAMED_BY_NODE -> address.isLinkLocalAddress() || address.isMulticastAddress();
      case NAMED_BY_STRANGER -> nodeItself || address.isLinkLocalAddress() || address.isMulticastAddress();
    };
  }

  /** A proxy looks names up itself, but an address that is written out is known before it is asked: it may reach the metadata service as well as we do. */
  private static boolean isForbiddenLiteral(Route route) {
    try {
      return isForbidden(InetAddress.ofLiteral(route.host()), route.reach());
    } catch (IllegalArgumentException e) {
      return false; // a name
    }
  }

  private static Socket throughProxy(ProxyServer proxy, Route route, long deadline) throws IOException {
    if (proxy.kind() == ProxyServer.Kind.SOCKS) {
      InetAddress address;
      try {
        address = NAMES.addresses(proxy.host(), left(deadline))[0];
      } catch (IOException e) {
        throw failed(proxy, e);
      }
      Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(address, proxy.port())));
      try {
        socket.connect(InetSocketAddress.createUnresolved(route.host(), route.port()), left(deadline));
        return socket;
      } catch (IOException e) {
        socket.close();
        throw failed(proxy, e);
      }
    }
    try {
      return reach(new Route(proxy.host(), proxy.port(), null, null, Route.Reach.CONFIGURED), deadline);
    } catch (IOException e) {
      throw failed(proxy, e);
    }
  }

  private static IOException failed(ProxyServer proxy, IOException e) {
    return new ConnectException("the " + proxy + " cannot be reached: " + Unreachable.why(e));
  }

  private static void tunnel(Socket socket, ProxyServer proxy, Route route) throws IOException {
    String target = (route.host().indexOf(':') >= 0 ? "[" + route.host() + "]" : route.host()) + ":" + route.port();
    String login = proxy.authorization().isEmpty() ? "" : "Proxy-Authorization: " + proxy.authorization() + "\r\n";
    String request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + login + "\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    // The server speaks TLS only after we do, so nothing can follow the proxy's head in the reader's buffer.
    HttpReader.Head head;
    try {
      head = new HttpReader(socket.getInputStream()).head(true);
    } catch (HttpProtocolException e) {
      throw new ConnectException("the " + proxy + " " + e.getMessage());
    }
    if (head.status() / 100 != 2) {
      throw new ConnectException("the " + proxy + " answers " + head.status());
    }
  }

  private static SSLSocket secure(Socket socket, TlsSettings tls, String host, int port, String... protocols) throws IOException {
    SSLSocket secured = (SSLSocket) tls.sockets().createSocket(socket, host, port, true);
    SSLParameters parameters = secured.getSSLParameters();
    if (tls.checksName()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setApplicationProtocols(protocols);
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    if (tls.checksName() && secured.getSession().getPeerCertificates()[0] instanceof X509Certificate shown) {
      checkTime(shown);
    }
    return secured;
  }

  /** Of a certificate that is itself among the trusted ones, the JDK does not look at the dates. */
  private static void checkTime(X509Certificate shown) throws SSLHandshakeException {
    try {
      shown.checkValidity();
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      SSLHandshakeException refused = new SSLHandshakeException(e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }

  private static int left(long deadline) throws IOException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new java.net.SocketTimeoutException("connect timed out");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }
}
