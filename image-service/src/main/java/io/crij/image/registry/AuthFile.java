package io.crij.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import io.crij.image.content.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Credentials in a file, in the form of Docker's config.json and containers-auth.json(5): below {@code auths}, by registry or by
 * registry and the beginning of a repository. Its text form holds no secret.
 */
final class AuthFile {
  private final Map<String, Credentials> entries;
  private final List<String> unserved;

  private AuthFile(Map<String, Credentials> entries, List<String> unserved) {
    this.entries = entries;
    this.unserved = unserved;
  }

  /** @throws IllegalArgumentException with a reason that quotes nothing of the file */
  static AuthFile parse(String text) {
    JsonNode root;
    try {
      root = Json.FOREIGN.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("it is no JSON"); // the parser's message could quote a password
    }
    JsonNode auths = root == null ? com.fasterxml.jackson.databind.node.MissingNode.getInstance() : root.path("auths");
    if (!auths.isObject()) {
      throw new IllegalArgumentException("it has no object 'auths'");
    }
    Map<String, Credentials> entries = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : auths.properties()) {
      JsonNode fields = entry.getValue();
      entries.put(
          normal(entry.getKey()),
          Credentials.of(
              fields.path("username").asText(""),
              fields.path("password").asText(""),
              fields.path("auth").asText(""),
              fields.path("identitytoken").asText(""),
              fields.path("registrytoken").asText("")));
    }
    List<String> unserved = new ArrayList<>();
    root.path("credHelpers").fieldNames().forEachRemaining(host -> unserved.add("credHelpers '" + Reference.printable(host) + "'"));
    if (!root.path("credsStore").asText("").isEmpty()) {
      unserved.add("credsStore");
    }
    return new AuthFile(entries, List.copyOf(unserved));
  }

  /** The keys that name programs which would give credentials. */
  List<String> unserved() {
    return unserved;
  }

  /** The entry that names most of {@code host/repository}. */
  Optional<Credentials> find(String host, String repository) {
    String name = normal(host) + "/" + repository;
    while (true) {
      Credentials found = entries.get(name);
      if (found != null) {
        return Optional.of(found);
      }
      int slash = name.lastIndexOf('/');
      if (slash < 0) {
        return Optional.empty();
      }
      name = name.substring(0, slash);
    }
  }

  private static String normal(String key) {
    String name = key.replaceFirst("^https?://", "").replaceFirst("/v[12]/?$", "").replaceFirst("/+$", "");
    int slash = name.indexOf('/');
    String host = slash < 0 ? name : name.substring(0, slash);
    return Credentials.canonical(host) + (slash < 0 ? "" : name.substring(slash));
  }

  @Override
  public String toString() {
    return "credentials for " + entries.keySet();
  }
}
