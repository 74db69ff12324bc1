package io.crij.image.registry;

import io.crij.image.http.Connections;
import io.crij.image.http.HttpAnswer;
import io.crij.image.http.HttpRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks a server, and those that it names instead of itself: a few, never from https to http, and none of them sees what is the server's own. */
final class Redirects {
  private static final int MAX = 5;

  /** @param here whether the answer is the server's own, not that of one it sent us to */
  record Landing(HttpAnswer answer, boolean here) {}

  private final RegistryTransport transport;

  Redirects(RegistryTransport transport) {
    this.transport = transport;
  }

  /**
   * Follows {@code start} to an answer that is no redirect.
   *
   * @param range value of the header, empty for all of it
   * @param forEndpoint adds what only {@code endpoint} itself may see
   */
  Landing follow(RegistryEndpoint endpoint, URI start, String accept, String range, Connections.Size size, Consumer<HttpRequest> forEndpoint) throws IOException {
    URI url = start;
    for (int hop = 0; hop <= MAX; hop++) {
      HttpRequest request = HttpRequest.get(url);
      request.headers().set("Accept", accept);
      if (!range.isEmpty()) {
        request.headers().set("Range", range);
      }
      boolean here = ServerUrl.isSame(url, endpoint.base());
      if (here) {
        forEndpoint.accept(request);
      }
      HttpAnswer answer = transport.send(request, endpoint, size);
      if (!isRedirect(answer.status())) {
        return new Landing(answer, here);
      }
      try (answer) {
        url = target(endpoint, url, answer.headers().first("Location").orElse(""));
      }
    }
    throw new RegistryException(RegistryException.Kind.REFUSED, endpoint.host() + " redirects more than " + MAX + " times", null);
  }

  /** Where a server at {@code from} may send us by {@code location}. */
  static URI target(RegistryEndpoint endpoint, URI from, String location) throws RegistryException {
    Optional<URI> target;
    try {
      target = location.isBlank() ? Optional.empty() : RegistryTransport.webUrl(from.resolve(location).toString());
    } catch (IllegalArgumentException e) {
      target = Optional.empty();
    }
    boolean downgrade = target.isPresent() && "https".equals(from.getScheme()) && !"https".equals(target.get().getScheme());
    if (target.isEmpty() || downgrade) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          endpoint.host() + " redirects to where a pull does not follow" + (downgrade ? " (from https to http)" : ""),
          null);
    }
    return target.get();
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }
}
