package io.crij.image.registry;

import io.crij.image.content.Descriptor;
import io.crij.image.content.Reference;
import io.crij.image.http.Connections;
import io.crij.image.http.HttpAnswer;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers that a manifest says are elsewhere, too, which a registry may not be allowed to hold (OCI image spec, "Content Descriptors",
 * {@code urls}). A manifest is a stranger's, so its URLs are to us what a redirect of its registry is: no credentials, no header of ours, not
 * from https to http, and none of the addresses that nobody may send us to. The digest is checked like any other.
 */
final class ForeignUrls {
  private final Redirects redirects;
  private final ServerHealth health;

  ForeignUrls(Redirects redirects, ServerHealth health) {
    this.redirects = redirects;
    this.health = health;
  }

  /**
   * A part of the layer from the first of its URLs that has it.
   *
   * @param registry on whose word we go there
   * @param range value of the header, empty for all of it
   * @param refused why the registry itself does not give it
   * @throws RegistryException if none of them has it
   */
  BlobBody open(RegistryEndpoint registry, Descriptor layer, long from, String range, Connections.Size size, RegistryException refused) throws IOException {
    List<String> why = new ArrayList<>();
    RegistryException last = refused;
    for (String url : layer.urls()) {
      try {
        return open(registry, url, from, range, size);
      } catch (RegistryException e) {
        why.add(String.valueOf(e.getMessage()));
        last = e;
      }
    }
    String words = refused.getMessage() + "; of the layer's own urls, " + String.join(", ", why);
    throw new RegistryException(last.kind(), words, last.retryAfter(), false, last);
  }

  private BlobBody open(RegistryEndpoint registry, String text, long from, String range, Connections.Size size) throws IOException {
    URI url = absolute(registry, text);
    HttpAnswer answer = redirects.follow(registry, url, "*/*", range, size, own -> {}).answer();
    String host = String.valueOf(url.getRawAuthority());
    try {
      boolean ranged = answer.status() == 206 && !range.isEmpty();
      if (answer.status() != 200 && !ranged) {
        throw new RegistryException(kind(answer.status()), host + " answers " + answer.status(), null);
      }
      if (ranged && !ContentRange.startsAt(answer.headers().first("Content-Range").orElse(""), from)) {
        throw new RegistryException(RegistryException.Kind.UNAVAILABLE, host + " sends another part than it was asked for", null);
      }
      BlobBody body = new BlobBody(answer, host, RegistryTransport.server(url), health);
      if (!ranged) {
        body.skipNBytes(from);
      }
      return body;
    } catch (IOException e) {
      answer.close();
      throw e instanceof java.io.EOFException
          ? new RegistryException(RegistryException.Kind.REFUSED, host + " has less of the layer than it should", e)
          : e;
    }
  }

  private static URI absolute(RegistryEndpoint registry, String text) throws RegistryException {
    URI url =
        RegistryTransport.webUrl(text)
            .orElseThrow(() -> new RegistryException(RegistryException.Kind.REFUSED, "'" + Reference.printable(text) + "' is no URL of a web server", null));
    if ("https".equals(registry.base().getScheme()) && !"https".equals(url.getScheme())) {
      throw new RegistryException(RegistryException.Kind.REFUSED, url.getRawAuthority() + " is not asked (from https to http)", null);
    }
    return url;
  }

  private static RegistryException.Kind kind(int status) {
    return switch (status) {
      case 401 -> RegistryException.Kind.UNAUTHORIZED;
      case 403 -> RegistryException.Kind.DENIED;
      case 404, 410 -> RegistryException.Kind.NOT_FOUND;
      default -> status == 408 || status == 429 || status >= 500 ? RegistryException.Kind.UNAVAILABLE : RegistryException.Kind.REFUSED;
    };
  }
}
