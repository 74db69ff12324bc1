package io.crij.image.registry;

import io.crij.image.content.Descriptor;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.Reference;
import io.crij.image.http.Connections;
import io.crij.image.http.HttpAnswer;
import io.crij.image.http.HttpRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one repository for one pull (OCI distribution spec, "pull"). Servers are asked in their order, those that failed lately last;
 * failures that pass are waited for. Credentials go to the registry itself and to the token service that it names: never to a mirror,
 * nor along a redirect to another scheme, host or port. Thread-safe.
 */
public final class RegistryClient {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryClient.class);
  /** Up to here a blob is fetched beside others on one connection, where the server speaks HTTP/2. */
  private static final long SMALL_BYTES = 1 << 20;
  private static final int ROUNDS = 4;
  /** A server that is not there at all is asked once more: kubelet itself comes back soon. */
  private static final int ROUNDS_UNREACHABLE = 2;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  /** Who asks for a longer pause is not waited for. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  /** A manifest or index as a registry answered it. */
  public record Document(byte[] bytes, String contentType) {}

  private final Reference reference;
  private final List<RegistryEndpoint> endpoints;
  private final Credentials credentials;
  private final RegistryTransport transport;
  private final Redirects redirects;
  private final ForeignUrls foreign;
  private final RegistryLogin login;
  private final ServerHealth health;
  private final Map<RegistryEndpoint, String> authorizations = new ConcurrentHashMap<>();
  /** Of places with two ways, the one that worked: the other is tried once, for nothing. */
  private final Map<RegistryEndpoint, RegistryEndpoint> ways = new ConcurrentHashMap<>();

  RegistryClient(
      Reference reference,
      List<RegistryEndpoint> endpoints,
      Credentials credentials,
      RegistryTransport transport,
      RegistryLogin login,
      ServerHealth health) {
    this.reference = reference;
    this.endpoints = endpoints;
    this.credentials = credentials;
    this.transport = transport;
    this.redirects = new Redirects(transport);
    this.foreign = new ForeignUrls(redirects, health);
    this.login = login;
    this.health = health;
  }

  /**
   * A manifest or index.
   *
   * @param selector a tag or a digest; the caller checks the bytes against the digest
   * @param limit bytes at which an endless answer is given up
   */
  public Document manifest(String selector, String accept, int limit) throws IOException {
    return fromFirst(
        true,
        endpoint -> {
          String path = "/manifests/" + selector;
          try (HttpAnswer answer = get(endpoint, path, accept, "", Connections.Size.SMALL)) {
            String type = answer.headers().first("Content-Type").orElse("");
            return new Document(bounded(answer, limit, "manifest", endpoint), type);
          }
        });
  }

  /** A small blob, whole. */
  public byte[] config(Descriptor descriptor, int limit) throws IOException {
    return fromFirst(
        false,
        endpoint -> {
          try (HttpAnswer answer = get(endpoint, "/blobs/" + descriptor.digest(), "*/*", "", Connections.Size.SMALL)) {
            return bounded(answer, limit, "configuration", endpoint);
          }
        });
  }

  /**
   * A blob as a stream that survives broken connections; size and digest are the reader's to check.
   *
   * @param from the first byte that is wanted, less than the blob's size or 0
   * @param end behind the last one; what the server sends from there on is not cut off
   */
  public InputStream blob(Descriptor descriptor, long from, long end) throws IOException {
    return new BlobStream(end, from, (offset, whole) -> open(descriptor, offset, end - offset, whole));
  }

  /** A part of a blob on one connection; nothing if the server sends no parts but only the whole. */
  public Optional<InputStream> part(Descriptor descriptor, long from, long length) throws IOException {
    return openHere(descriptor, from, range(descriptor, from, length), size(descriptor, from, length), false).map(body -> body);
  }

  /** From the server that is best now, or from one of the blob's {@code urls} where no server gives it. */
  private BlobBody open(Descriptor descriptor, long from, long length, boolean whole) throws IOException {
    String range = whole ? "" : range(descriptor, from, length);
    Connections.Size size = whole ? size(descriptor, 0, descriptor.size()) : size(descriptor, from, length);
    try {
      return openHere(descriptor, from, range, size, true).orElseThrow();
    } catch (RegistryException e) {
      if (descriptor.urls().isEmpty() || endpoints.isEmpty()) {
        throw e;
      }
      RegistryEndpoint registry = endpoints.stream().filter(RegistryEndpoint::registry).findFirst().orElse(endpoints.getLast());
      return foreign.open(ways.getOrDefault(registry, registry), descriptor, from, range, size, e);
    }
  }

  private static String range(Descriptor descriptor, long from, long length) {
    boolean whole = from == 0 && length >= descriptor.size();
    return whole ? "" : "bytes=" + from + "-" + (from + length >= descriptor.size() ? "" : from + length - 1);
  }

  private static Connections.Size size(Descriptor descriptor, long from, long length) {
    return Math.min(length, descriptor.size() - from) <= SMALL_BYTES ? Connections.Size.SMALL : Connections.Size.LARGE;
  }

  /** @param orWhole whether a server that sends no parts is read from its start; else there is nothing then */
  private Optional<BlobBody> openHere(Descriptor descriptor, long from, String range, Connections.Size size, boolean orWhole) throws IOException {
    return fromFirst(
        false,
        endpoint -> {
          HttpAnswer answer = get(endpoint, "/blobs/" + descriptor.digest(), "*/*", range, size);
          try {
            boolean ranged = answer.status() == 206;
            if (ranged && !ContentRange.startsAt(answer.headers().first("Content-Range").orElse(""), from)) {
              throw new RegistryException(RegistryException.Kind.UNAVAILABLE, endpoint.host() + " sends another part than it was asked for", null);
            }
            if (!ranged && !orWhole) {
              answer.close();
              return Optional.empty();
            }
            BlobBody body = new BlobBody(answer, endpoint.host(), endpoint.server(), health);
            if (!ranged) {
              body.skipNBytes(from); // The server ignores ranges and starts over.
            }
            return Optional.of(body);
          } catch (IOException e) {
            answer.close();
            throw e instanceof java.io.EOFException
                ? new RegistryException(RegistryException.Kind.REFUSED, endpoint.host() + " has less of the blob than it should", e)
                : e;
          }
        });
  }

  private interface Ask<T> {
    T from(RegistryEndpoint endpoint) throws IOException;
  }

  private <T> T fromFirst(boolean resolve, Ask<T> ask) throws IOException {
    List<RegistryEndpoint> asked =
        health.ordered(
            endpoints.stream()
                .filter(endpoint -> resolve ? endpoint.canResolve() : endpoint.canPull())
                .toList());
    Failures failures = new Failures(reference);
    for (int round = 1; ; round++) {
      List<RegistryEndpoint> again = new ArrayList<>();
      Duration pause = FIRST_PAUSE.multipliedBy(1L << (round - 1));
      for (RegistryEndpoint endpoint : asked) {
        try {
          T answer = askOneWay(endpoint, ask);
          health.answered(endpoint.server());
          return answer;
        } catch (RegistryException e) {
          failures.add(endpoint, e);
          LOG.debug("{}: {}", reference, e.getMessage());
          if (e.kind().isPassing()) {
            if (health.failed(endpoint.server(), e.retryAfter()) && !endpoint.registry()) {
              LOG.warn("a mirror of {} fails and is asked after the others for a while: {}", reference.host(), e.getMessage());
            }
            int rounds = e.kind() == RegistryException.Kind.UNREACHABLE ? ROUNDS_UNREACHABLE : ROUNDS;
            if (round < rounds && e.retryAfter().compareTo(LONGEST_PAUSE) <= 0) {
              again.add(endpoint);
              pause = pause.compareTo(e.retryAfter()) < 0 ? e.retryAfter() : pause;
            }
          }
        } catch (HostileContentException e) {
          failures.add(endpoint, e);
        }
      }
      if (again.isEmpty()) {
        throw failures.all();
      }
      pause(pause);
      asked = again;
    }
  }

  /** Over to the alternative where the server does not understand the first way, or is not at its port. */
  private <T> T askOneWay(RegistryEndpoint endpoint, Ask<T> ask) throws IOException {
    RegistryEndpoint alternative = endpoint.alternative();
    RegistryEndpoint known = alternative == null ? endpoint : ways.get(endpoint);
    if (alternative == null || known != null) {
      return ask.from(known == null ? endpoint : known);
    }
    try {
      T answer = ask.from(endpoint);
      ways.put(endpoint, endpoint);
      return answer;
    } catch (RegistryException first) {
      boolean otherPort = ServerUrl.port(endpoint.base()) != ServerUrl.port(alternative.base());
      if (!first.isMisunderstanding() && !(otherPort && first.kind() == RegistryException.Kind.UNREACHABLE)) {
        throw first;
      }
      try {
        T answer = ask.from(alternative);
        ways.put(endpoint, alternative);
        return answer;
      } catch (RegistryException second) {
        boolean telling = first.isMisunderstanding() && !second.isMisunderstanding();
        throw telling || second.kind() != RegistryException.Kind.UNREACHABLE ? second : first;
      }
    }
  }

  private HttpAnswer get(RegistryEndpoint endpoint, String path, String accept, String range, Connections.Size size) throws IOException {
    String query =
        endpoint.namespace().isEmpty() ? "" : "?ns=" + URLEncoder.encode(endpoint.namespace(), StandardCharsets.UTF_8);
    URI url = URI.create(endpoint.base() + "/" + endpoint.repository() + path + query);
    Optional<HttpAnswer> known = redirects.again(endpoint, url, accept, range, size);
    HttpAnswer answer = known.isPresent() ? known.get() : getWithLogin(endpoint, url, accept, range, size);
    if (Redirects.isGiven(answer, range)) {
      return answer;
    }
    try (answer) {
      throw refusal(endpoint, path, answer);
    }
  }

  private HttpAnswer getWithLogin(RegistryEndpoint endpoint, URI url, String accept, String range, Connections.Size size) throws IOException {
    Credentials login = endpoint.login(credentials);
    boolean loggedIn = false;
    while (true) {
      Optional<String> authorization = Optional.ofNullable(authorizations.get(endpoint)).or(() -> this.login.remembered(endpoint, login));
      Redirects.Landing landing = redirects.follow(endpoint, url, accept, range, size, request -> addOwn(request, endpoint, authorization));
      HttpAnswer answer = landing.answer();
      if (answer.status() != 401 || loggedIn || !landing.here()) {
        return answer;
      }
      List<Challenge> challenges = Challenge.parse(answer.headers().all("WWW-Authenticate"));
      answer.close();
      authorization.ifPresent(refused -> this.login.refused(endpoint, login, refused));
      String fresh =
          this.login
              .answer(challenges, login, endpoint)
              .orElseThrow(
                  () ->
                      new RegistryException(
                          RegistryException.Kind.UNAUTHORIZED, endpoint.host() + " asks for credentials and none that fit were given", null));
      authorizations.put(endpoint, fresh);
      loggedIn = true;
    }
  }

  private static void addOwn(HttpRequest request, RegistryEndpoint endpoint, Optional<String> authorization) {
    authorization.ifPresent(value -> request.headers().set("Authorization", value));
    endpoint.headers().forEach((name, values) -> {
      if (authorization.isEmpty() || !name.equalsIgnoreCase("Authorization")) {
        values.forEach(value -> request.headers().add(name, value));
      }
    });
  }

  private static RegistryException refusal(RegistryEndpoint endpoint, String path, HttpAnswer answer) {
    int status = answer.status();
    RegistryException.Kind kind =
        switch (status) {
          case 401 -> RegistryException.Kind.UNAUTHORIZED;
          case 403 -> RegistryException.Kind.DENIED;
          case 404 -> RegistryException.Kind.NOT_FOUND;
          case 408 -> RegistryException.Kind.UNAVAILABLE;
          default -> status == 429 || status >= 500 ? RegistryException.Kind.UNAVAILABLE : RegistryException.Kind.REFUSED;
        };
    String what = "/" + endpoint.repository() + path;
    Duration wait = kind.isPassing() ? RegistryTransport.retryAfter(answer) : Duration.ZERO;
    String later = wait.isZero() ? "" : " and asks to come back in " + (wait.toSeconds() > 86_400 ? "more than a day" : wait.toSeconds() + " seconds");
    return new RegistryException(kind, endpoint.host() + " answers " + status + " for " + Reference.printable(what) + later, wait, status == 400, null);
  }

  private byte[] bounded(HttpAnswer answer, int limit, String what, RegistryEndpoint endpoint) throws IOException {
    byte[] bytes = transport.read(answer, limit, endpoint.base());
    if (bytes.length > limit) {
      throw new HostileContentException("the " + what + " from " + endpoint.host() + " is larger than " + limit + " bytes");
    }
    return bytes;
  }

  private static void pause(Duration base) throws InterruptedIOException {
    try {
      Thread.sleep(base.plusMillis(ThreadLocalRandom.current().nextLong(base.toMillis() / 2 + 1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RegistryTransport.stopped();
    }
  }

  public static InterruptedIOException stopped() {
    return RegistryTransport.stopped();
  }
}
