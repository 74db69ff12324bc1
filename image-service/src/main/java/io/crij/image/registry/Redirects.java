package io.crij.image.registry;

import io.crij.image.http.Connections;
import io.crij.image.http.HttpAnswer;
import io.crij.image.http.HttpRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a server, and those that it names instead of itself: a few, never from https to http, and none of them sees what is the server's own. */
final class Redirects {
  private static final Logger LOG = LoggerFactory.getLogger(Redirects.class);
  private static final int MAX = 5;

  /** @param here whether the answer is the server's own, not that of one it sent us to */
  record Landing(HttpAnswer answer, boolean here) {}

  private final RegistryTransport transport;
  private final Landings landings = new Landings(System::nanoTime);

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
        if (hop > 0 && !here && isGiven(answer, range)) {
          landings.remember(start, url);
        }
        return new Landing(answer, here);
      }
      try (answer) {
        url = target(endpoint, url, answer.headers().first("Location").orElse(""));
      }
    }
    throw new RegistryException(RegistryException.Kind.REFUSED, endpoint.host() + " redirects more than " + MAX + " times", null);
  }

  /** Straight from where {@code start} led to last; nothing if that is not known or does not give it any more. */
  Optional<HttpAnswer> again(RegistryEndpoint endpoint, URI start, String accept, String range, Connections.Size size) throws IOException {
    Optional<URI> landing = landings.of(start);
    if (landing.isEmpty()) {
      return Optional.empty();
    }
    try {
      HttpAnswer answer = follow(endpoint, landing.get(), accept, range, size, own -> {}).answer();
      if (isGiven(answer, range)) {
        return Optional.of(answer);
      }
      answer.close();
    } catch (RegistryException e) {
      LOG.debug("{} is asked again: {}", endpoint.host(), e.getMessage());
    }
    landings.forget(start);
    return Optional.empty();
  }

  /** Whether it is what was asked for. */
  static boolean isGiven(HttpAnswer answer, String range) {
    return answer.status() == 200 || (answer.status() == 206 && !range.isEmpty());
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
