package io.crij.image.registry;

import io.crij.image.content.Descriptor;
import io.crij.image.content.HostileContentException;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads one repository for one pull (OCI distribution spec, "pull"). Servers are tried in their order; the failure that tells
 * a user most is the one that is thrown. Credentials go to the registry itself and to the token service that it names: never
 * to a mirror, nor along a redirect to another scheme, host or port. Thread-safe.
 */
public final class RegistryClient {
  private static final int REDIRECTS_MAX = 5;
  private static final int ATTEMPTS = 3;

  /** A manifest or index as a registry answered it. */
  public record Document(byte[] bytes, String contentType) {}

  private final Reference reference;
  private final List<RegistryEndpoint> endpoints;
  private final Credentials credentials;
  private final HttpConnector connector = new HttpConnector();
  private final RegistryLogin login = new RegistryLogin(connector);
  private final Map<RegistryEndpoint, String> authorizations = new ConcurrentHashMap<>();

  public RegistryClient(Reference reference, List<RegistryEndpoint> endpoints, Credentials credentials) {
    this.reference = reference;
    this.endpoints = endpoints;
    this.credentials = credentials;
  }

  /**
   * @param selector a tag or a digest; the caller checks the bytes against the digest
   * @param limit bytes at which an endless answer is given up
   */
  public Document manifest(String selector, String accept, int limit) throws IOException {
    return fromFirst(
        true,
        endpoint -> {
          HttpURLConnection answer = get(endpoint, "/manifests/" + selector, accept, 0);
          String type = answer.getContentType();
          return new Document(bounded(answer, limit, "manifest", endpoint), type == null ? "" : type);
        });
  }

  /** A small blob, whole. */
  public byte[] config(Descriptor descriptor, int limit) throws IOException {
    return fromFirst(
        false,
        endpoint -> bounded(get(endpoint, "/blobs/" + descriptor.digest(), "*/*", 0), limit, "configuration", endpoint));
  }

  /** A blob as a stream that survives broken connections; size and digest are the reader's to check. */
  public InputStream blob(Descriptor descriptor) throws IOException {
    return fromFirst(
        false,
        endpoint -> new BlobStream(descriptor.size(), offset -> openBlob(endpoint, descriptor, offset)));
  }

  private interface Ask<T> {
    T from(RegistryEndpoint endpoint) throws IOException;
  }

  private <T> T fromFirst(boolean resolve, Ask<T> ask) throws IOException {
    IOException best = null;
    for (RegistryEndpoint endpoint : endpoints) {
      if (resolve ? !endpoint.canResolve() : !endpoint.canPull()) {
        continue;
      }
      try {
        return ask.from(endpoint);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        best = worse(best, e);
      }
    }
    throw best != null
        ? best
        : new RegistryException(RegistryException.Kind.REFUSED, "no server for " + reference.host() + " is configured for this", null);
  }

  private static IOException worse(@org.jspecify.annotations.Nullable IOException before, IOException now) {
    if (before == null || rank(now) >= rank(before)) {
      return now;
    }
    return before;
  }

  private static int rank(IOException e) {
    return e instanceof RegistryException registry ? registry.kind().ordinal() : Integer.MAX_VALUE;
  }

  private InputStream openBlob(RegistryEndpoint endpoint, Descriptor descriptor, long offset) throws IOException {
    HttpURLConnection answer = get(endpoint, "/blobs/" + descriptor.digest(), "*/*", offset);
    InputStream body = answer.getInputStream();
    if (offset > 0 && answer.getResponseCode() == 200) {
      body.skipNBytes(offset); // The server ignored the range and starts over.
    }
    return body;
  }

  private HttpURLConnection get(RegistryEndpoint endpoint, String path, String accept, long offset) throws IOException {
    String query =
        endpoint.namespace().isEmpty() ? "" : "?ns=" + URLEncoder.encode(endpoint.namespace(), StandardCharsets.UTF_8);
    URI url = URI.create(endpoint.base() + "/" + reference.repository() + path + query);
    for (int attempt = 1; ; attempt++) {
      HttpURLConnection answer = getWithLogin(endpoint, url, accept, offset);
      int status = answer.getResponseCode();
      if (status == 200 || status == 206) {
        return answer;
      }
      answer.disconnect();
      boolean passing = status == 429 || status == 502 || status == 503 || status == 504;
      if (!passing || attempt == ATTEMPTS) {
        throw refusal(endpoint, path, status);
      }
      pause(attempt);
    }
  }

  private HttpURLConnection getWithLogin(RegistryEndpoint endpoint, URI url, String accept, long offset)
      throws IOException {
    boolean loggedIn = false;
    while (true) {
      HttpURLConnection answer = follow(endpoint, url, accept, offset);
      if (answer.getResponseCode() != 401 || loggedIn || !isSameServer(URI.create(answer.getURL().toString()), endpoint)) {
        return answer;
      }
      List<String> offered = answer.getHeaderFields().entrySet().stream()
          .filter(header -> "WWW-Authenticate".equalsIgnoreCase(header.getKey()))
          .flatMap(header -> header.getValue().stream())
          .toList();
      answer.disconnect();
      String authorization =
          login
              .answer(Challenge.parse(offered), endpoint.registry() ? credentials : Credentials.NONE, endpoint, reference.repository())
              .orElseThrow(
                  () ->
                      new RegistryException(
                          RegistryException.Kind.UNAUTHORIZED, endpoint.host() + " asks for credentials and none that fit were given", null));
      authorizations.put(endpoint, authorization);
      loggedIn = true;
    }
  }

  private HttpURLConnection follow(RegistryEndpoint endpoint, URI start, String accept, long offset) throws IOException {
    URI url = start;
    for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
      HttpURLConnection connection = connector.open(url, endpoint);
      connection.setRequestProperty("Accept", accept);
      if (offset > 0) {
        connection.setRequestProperty("Range", "bytes=" + offset + "-");
      }
      if (isSameServer(url, endpoint)) {
        endpoint.headers().forEach((name, values) -> values.forEach(value -> connection.addRequestProperty(name, value)));
        String authorization = authorizations.get(endpoint);
        if (authorization != null) {
          connection.setRequestProperty("Authorization", authorization);
        }
      }
      int status = status(connection, url);
      if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        return connection;
      }
      String location = connection.getHeaderField("Location");
      connection.disconnect();
      url = target(endpoint, url, location == null ? "" : location);
    }
    throw new RegistryException(
        RegistryException.Kind.REFUSED, endpoint.host() + " redirects more than " + REDIRECTS_MAX + " times", null);
  }

  private int status(HttpURLConnection connection, URI url) throws IOException {
    try {
      int status = connection.getResponseCode();
      if (status < 100) {
        throw new RegistryException(RegistryException.Kind.UNREACHABLE, url.getAuthority() + " does not answer with HTTP", null);
      }
      return status;
    } catch (RegistryException e) {
      throw e;
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw stopped();
      }
      throw connector.unreachable(url, e);
    }
  }

  private static URI target(RegistryEndpoint endpoint, URI from, String location) throws RegistryException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException e) {
      target = URI.create("");
    }
    boolean downgrade = "https".equals(from.getScheme()) && !"https".equals(target.getScheme());
    boolean web = "http".equals(target.getScheme()) || "https".equals(target.getScheme());
    if (target.getHost() == null || !web || downgrade || target.getUserInfo() != null) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          endpoint.host() + " redirects to where a pull does not follow" + (downgrade ? " (from https to http)" : ""),
          null);
    }
    return target;
  }

  private static boolean isSameServer(URI url, RegistryEndpoint endpoint) {
    URI base = endpoint.base();
    return base.getScheme().equals(url.getScheme()) && String.valueOf(base.getAuthority()).equalsIgnoreCase(url.getAuthority());
  }

  private RegistryException refusal(RegistryEndpoint endpoint, String path, int status) {
    RegistryException.Kind kind =
        switch (status) {
          case 401 -> RegistryException.Kind.UNAUTHORIZED;
          case 403 -> RegistryException.Kind.DENIED;
          case 404 -> RegistryException.Kind.NOT_FOUND;
          default -> status == 429 || status >= 500 ? RegistryException.Kind.UNAVAILABLE : RegistryException.Kind.REFUSED;
        };
    String what = "/" + reference.repository() + path;
    return new RegistryException(kind, endpoint.host() + " answers " + status + " for " + Reference.printable(what), null);
  }

  private static byte[] bounded(HttpURLConnection answer, int limit, String what, RegistryEndpoint endpoint) throws IOException {
    try (InputStream in = answer.getInputStream()) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new HostileContentException("the " + what + " from " + endpoint.host() + " is larger than " + limit + " bytes");
      }
      return bytes;
    }
  }

  private static void pause(int attempt) throws InterruptedIOException {
    try {
      Thread.sleep(200L * attempt + java.util.concurrent.ThreadLocalRandom.current().nextInt(200));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopped();
    }
  }

  public static InterruptedIOException stopped() {
    return new InterruptedIOException("the pull was stopped");
  }
}
