package io.crij.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Answers a registry's challenge: Basic with the caller's credentials, or Bearer with a token from the service that the
 * registry names (distribution spec, "token authentication"). Tokens live as long as this object, which serves one pull: no
 * pull sees the token of another's credentials.
 */
final class RegistryLogin {
  private static final int TOKEN_BYTES_MAX = 1 << 20;

  private final HttpConnector connector;

  RegistryLogin(HttpConnector connector) {
    this.connector = connector;
  }

  /** The Authorization header that answers one of the challenges, or nothing if none can be answered. */
  Optional<String> answer(List<Challenge> challenges, Credentials credentials, RegistryEndpoint endpoint, String repository)
      throws IOException {
    if (!credentials.registryToken().isEmpty()) {
      return Optional.of("Bearer " + credentials.registryToken());
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer")) {
        return Optional.of("Bearer " + token(challenge, credentials, endpoint, repository));
      }
      if (challenge.scheme().equals("basic") && credentials.hasBasic()) {
        return Optional.of(credentials.basicHeader());
      }
    }
    return Optional.empty();
  }

  private String token(Challenge challenge, Credentials credentials, RegistryEndpoint endpoint, String repository)
      throws IOException {
    URI realm = realm(challenge, endpoint);
    String scope = challenge.parameter("scope");
    if (scope.isEmpty()) {
      scope = "repository:" + repository + ":pull";
    }
    HttpURLConnection connection;
    if (!credentials.identityToken().isEmpty()) {
      connection = connector.open(realm, endpoint);
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
      String form =
          "grant_type=refresh_token&client_id=crij&service=" + encode(challenge.parameter("service")) + "&scope=" + encode(scope)
              + "&refresh_token=" + encode(credentials.identityToken());
      try (OutputStream out = connection.getOutputStream()) {
        out.write(form.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        throw connector.unreachable(realm, e);
      }
    } else {
      String query = "service=" + encode(challenge.parameter("service")) + "&scope=" + encode(scope);
      String separator = realm.getRawQuery() == null ? "?" : "&";
      connection = connector.open(URI.create(realm + separator + query), endpoint);
      if (credentials.hasBasic()) {
        connection.setRequestProperty("Authorization", credentials.basicHeader());
      }
    }
    return read(connection, realm);
  }

  private String read(HttpURLConnection connection, URI realm) throws IOException {
    int status;
    try {
      status = connection.getResponseCode();
    } catch (IOException e) {
      throw connector.unreachable(realm, e);
    }
    if (status != 200) {
      connection.disconnect();
      RegistryException.Kind kind = status >= 500 || status == 429 ? RegistryException.Kind.UNAVAILABLE : RegistryException.Kind.UNAUTHORIZED;
      throw new RegistryException(kind, "the token service " + realm.getAuthority() + " answers " + status, null);
    }
    try (InputStream in = connection.getInputStream()) {
      byte[] body = in.readNBytes(TOKEN_BYTES_MAX);
      JsonNode answer = Json.FOREIGN.readTree(body);
      String token = answer.path("token").asText("");
      token = token.isEmpty() ? answer.path("access_token").asText("") : token;
      if (!token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 127)) {
        return token;
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      // The parser's message could quote a token, so it is not passed on.
    }
    throw new RegistryException(
        RegistryException.Kind.REFUSED, "the token service " + realm.getAuthority() + " answers without a token", null);
  }

  private static URI realm(Challenge challenge, RegistryEndpoint endpoint) throws RegistryException {
    URI realm;
    try {
      realm = URI.create(challenge.parameter("realm"));
    } catch (IllegalArgumentException e) {
      realm = URI.create("");
    }
    boolean https = "https".equals(realm.getScheme());
    boolean http = "http".equals(realm.getScheme()) && "http".equals(endpoint.base().getScheme());
    if (realm.getHost() == null || realm.getUserInfo() != null || !(https || http)) {
      throw new RegistryException(
          RegistryException.Kind.REFUSED,
          endpoint.host() + " names a token service that cannot be used: '" + Reference.printable(challenge.parameter("realm")) + "'",
          null);
    }
    return realm;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
