package io.crij.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Reference;
import io.crij.image.http.Connections;
import io.crij.image.http.HttpAnswer;
import io.crij.image.http.HttpHeaders;
import io.crij.image.http.HttpRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Answers a registry's challenge: Basic with the credentials, or Bearer with a token from the service that the registry names
 * (distribution spec, "token authentication"; with an identity token as Docker's OAuth2 has it).
 */
final class RegistryLogin {
  private static final int ANSWER_MAX = 1 << 20;
  private static final int TOKEN_MAX = 64 << 10;
  private static final int SCOPE_MAX = 4 << 10;

  private final RegistryTransport transport;
  private final TokenCache tokens;

  RegistryLogin(RegistryTransport transport, TokenCache tokens) {
    this.transport = transport;
    this.tokens = tokens;
  }

  /** What an earlier login got for the same server, repository and credentials. */
  Optional<String> remembered(RegistryEndpoint endpoint, Credentials credentials) {
    return tokens.get(key(endpoint, credentials)).map(token -> "Bearer " + token);
  }

  /** The server refused what {@link #remembered} gave. */
  void refused(RegistryEndpoint endpoint, Credentials credentials, String authorization) {
    tokens.refused(key(endpoint, credentials), authorization.substring(authorization.indexOf(' ') + 1));
  }

  /** The Authorization header that answers one of the challenges, or nothing if none can be answered. */
  Optional<String> answer(List<Challenge> challenges, Credentials credentials, RegistryEndpoint endpoint) throws IOException {
    if (!credentials.registryToken().isEmpty()) {
      return Optional.of("Bearer " + credentials.registryToken());
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer")) {
        return Optional.of("Bearer " + token(challenge, credentials, endpoint));
      }
      if (challenge.scheme().equals("basic") && credentials.hasBasic()) {
        return Optional.of(credentials.basicHeader());
      }
    }
    return Optional.empty();
  }

  private static TokenCache.Key key(RegistryEndpoint endpoint, Credentials credentials) {
    return new TokenCache.Key(endpoint.server(), scope(endpoint), credentials.fingerprint());
  }

  private static String scope(RegistryEndpoint endpoint) {
    return "repository:" + endpoint.repository() + ":pull";
  }

  private String token(Challenge challenge, Credentials credentials, RegistryEndpoint endpoint) throws IOException {
    URI realm = realm(challenge, endpoint);
    String scope = challenge.parameter("scope");
    if (scope.isEmpty() || scope.length() > SCOPE_MAX) {
      scope = scope(endpoint);
    }
    String asked = "service=" + encode(challenge.parameter("service")) + "&scope=" + encode(scope);
    HttpRequest request;
    if (credentials.identityToken().isEmpty()) {
      request = HttpRequest.get(URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + asked));
      if (credentials.hasBasic()) {
        request.headers().set("Authorization", credentials.basicHeader());
      }
    } else {
      String form = "grant_type=refresh_token&client_id=crij&" + asked + "&refresh_token=" + encode(credentials.identityToken());
      request = new HttpRequest("POST", realm, new HttpHeaders(), form.getBytes(StandardCharsets.US_ASCII));
      request.headers().set("Content-Type", "application/x-www-form-urlencoded");
    }
    request.headers().set("Accept", "application/json");
    try (HttpAnswer answer = transport.send(request, endpoint, Connections.Size.SMALL)) {
      return read(answer, realm, key(endpoint, credentials));
    }
  }

  private String read(HttpAnswer answer, URI realm, TokenCache.Key key) throws IOException {
    String service = "the token service " + realm.getRawAuthority();
    int status = answer.status();
    if (status != 200) {
      RegistryException.Kind kind =
          status >= 500 || status == 429
              ? RegistryException.Kind.UNAVAILABLE
              : status >= 300 && status < 400 ? RegistryException.Kind.REFUSED : RegistryException.Kind.UNAUTHORIZED;
      throw new RegistryException(kind, service + " answers " + status, RegistryTransport.retryAfter(answer), false, null);
    }
    byte[] body = transport.read(answer, ANSWER_MAX, realm);
    try {
      JsonNode fields = body.length > ANSWER_MAX ? Json.FOREIGN.createObjectNode() : Json.FOREIGN.readTree(body);
      String token = fields.path("token").asText("");
      token = token.isEmpty() ? fields.path("access_token").asText("") : token;
      if (!token.isEmpty() && token.length() <= TOKEN_MAX && token.chars().allMatch(c -> c > ' ' && c < 127)) {
        tokens.put(key, token, fields.path("expires_in").asLong(0));
        return token;
      }
    } catch (JsonProcessingException e) {
      // The parser's message could quote a token, so it is not passed on.
    }
    throw new RegistryException(RegistryException.Kind.REFUSED, service + " answers without a token that can be used", null);
  }

  private static URI realm(Challenge challenge, RegistryEndpoint endpoint) throws RegistryException {
    Optional<URI> realm = RegistryTransport.webUrl(challenge.parameter("realm"));
    boolean secureEnough =
        realm.isPresent() && ("https".equals(realm.get().getScheme()) || "http".equals(endpoint.base().getScheme()));
    if (realm.isEmpty() || !secureEnough) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          endpoint.host() + " names a token service that cannot be used: '" + Reference.printable(challenge.parameter("realm")) + "'",
          null);
    }
    return realm.get();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
