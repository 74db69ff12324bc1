package io.crij.image.registry;

import io.crij.image.content.Reference;
import io.crij.image.http.Connections;
import io.crij.image.http.ForbiddenAddressException;
import io.crij.image.http.HttpAnswer;
import io.crij.image.http.HttpProtocolException;
import io.crij.image.http.HttpRequest;
import io.crij.image.http.Pace;
import io.crij.image.http.Route;
import io.crij.image.http.TlsSettings;
import io.crij.image.http.Unreachable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends requests to registries and to the servers that they name, each with the trust that it deserves. One per node. */
final class RegistryTransport {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryTransport.class);
  private static final String USER_AGENT = "crij/0.1";

  private final RegistrySettings settings;
  private final RegistryServers servers;
  private final ServerHealth health;
  private final Connections connections;

  RegistryTransport(RegistrySettings settings, RegistryServers servers, ServerHealth health) {
    this.settings = settings;
    this.servers = servers;
    this.health = health;
    this.connections = new Connections(settings.timeouts());
  }

  /**
   * Sends a request for the sake of {@code endpoint}, to it or to a server that it named. Nothing is followed.
   *
   * @throws RegistryException UNREACHABLE if there is no answer
   * @throws InterruptedIOException if the thread is interrupted
   */
  HttpAnswer send(HttpRequest request, RegistryEndpoint endpoint, Connections.Size size) throws IOException {
    URI url = request.url();
    boolean itself = ServerUrl.isSame(url, endpoint.base());
    @Nullable TlsSettings tls = itself ? endpoint.tls() : servers.tlsOf(url);
    Route.Reach reach =
        itself
            ? Route.Reach.CONFIGURED
            : ServerUrl.isLoopback(endpoint.host()) ? Route.Reach.NAMED_BY_NODE : Route.Reach.NAMED_BY_STRANGER;
    Route route = Route.to(url, tls, settings.proxies(), reach);
    Duration connect = itself && endpoint.dialTimeout() != null ? endpoint.dialTimeout() : settings.timeouts().connect();
    String server = server(url);
    Pace pace = health.pace(server);
    request.headers().set("User-Agent", USER_AGENT);
    try {
      HttpAnswer answer = connections.send(request, route, connect, pace, size);
      health.traffic().answered(server, answer.status());
      LOG.debug("{} {} answers {}", request.method(), withoutQuery(url), answer.status());
      return answer;
    } catch (IOException e) {
      stopIfInterrupted(e);
      health.traffic().unanswered(server);
      throw unreachable(url, itself, e);
    }
  }

  private static RegistryException unreachable(URI url, boolean itself, IOException e) {
    String what = url.getRawAuthority() + " cannot be reached: " + Reference.printable(Unreachable.why(e));
    if (!itself) {
      boolean forbidden = e instanceof ForbiddenAddressException;
      return new RegistryException(forbidden ? RegistryException.Kind.REFUSED : RegistryException.Kind.UNAVAILABLE, what, e);
    }
    boolean reset = e instanceof SocketException && !(e instanceof ConnectException);
    // A handshake that fails for its certificates was understood well.
    boolean noTls = e instanceof SSLException && (!(e instanceof SSLHandshakeException) || e.getCause() instanceof EOFException);
    boolean misunderstanding = reset || noTls || e instanceof HttpProtocolException || e instanceof EOFException;
    return new RegistryException(RegistryException.Kind.UNREACHABLE, what, Duration.ZERO, misunderstanding, e);
  }

  /** A body of at most {@code limit} bytes, and one byte more if it is longer. */
  byte[] read(HttpAnswer answer, int limit, URI url) throws IOException {
    try {
      return answer.body().readNBytes(limit + 1);
    } catch (IOException e) {
      throw broken(e, String.valueOf(url.getRawAuthority()));
    }
  }

  /** What a failure while reading an answer means. */
  static IOException broken(IOException e, String host) throws InterruptedIOException {
    stopIfInterrupted(e);
    return e instanceof RegistryException known
        ? known
        : new RegistryException(
            RegistryException.Kind.UNAVAILABLE, host + " breaks off its answer: " + Reference.printable(Unreachable.why(e)), e);
  }

  private static void stopIfInterrupted(IOException e) throws InterruptedIOException {
    boolean timeout = e instanceof java.net.SocketTimeoutException;
    if (Thread.currentThread().isInterrupted() || (e instanceof InterruptedIOException && !timeout)) {
      throw stopped();
    }
  }

  static InterruptedIOException stopped() {
    return new InterruptedIOException("the pull was stopped");
  }

  static Duration retryAfter(HttpAnswer answer) {
    return answer.headers().first("Retry-After").flatMap(text -> RetryAfter.parse(text, Instant.now())).orElse(Duration.ZERO);
  }

  static String server(URI url) {
    return String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT) + "://" + String.valueOf(url.getHost()).toLowerCase(Locale.ROOT) + ":" + ServerUrl.port(url);
  }

  /** The URL of a web server without a user's name in it, or nothing for any other text. */
  static Optional<URI> webUrl(String text) {
    try {
      URI url = new URI(text);
      boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      return web && url.getHost() != null && url.getRawUserInfo() == null && url.getPort() <= 65_535 ? Optional.of(url) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private static String withoutQuery(URI url) {
    return url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath();
  }
}
