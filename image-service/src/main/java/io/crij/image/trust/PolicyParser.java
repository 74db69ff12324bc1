package io.crij.image.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads a policy.json (containers-policy.json(5)). A key that is not known is a mistake: passed over, it could be the one that was to
 * keep an image out.
 */
final class PolicyParser {
  /** Reads a file that the policy names. */
  interface KeyFiles {
    String text(String path) throws IOException;
  }

  private final KeyFiles files;

  PolicyParser(KeyFiles files) {
    this.files = files;
  }

  /** @throws IllegalArgumentException with half a sentence that says what is wrong */
  Policy parse(String text) throws IOException, GeneralSecurityException {
    JsonNode root;
    try {
      root = Json.FOREIGN.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("it is no JSON: " + Reference.printable(e.getOriginalMessage()), e);
    }
    if (root == null || !root.isObject()) {
      throw new IllegalArgumentException("it is no JSON object");
    }
    checkKeys(root, Set.of("default", "transports"), "the policy");
    List<Requirement> byDefault = requirements(root.path("default"), "default");
    Map<String, List<Requirement>> scopes = new TreeMap<>();
    JsonNode transports = root.path("transports");
    if (!transports.isMissingNode() && !transports.isObject()) {
      throw new IllegalArgumentException("transports is no object");
    }
    for (Map.Entry<String, JsonNode> transport : transports.properties()) {
      for (Map.Entry<String, JsonNode> scope : transport.getValue().properties()) {
        String where = Reference.printable(transport.getKey() + " '" + scope.getKey() + "'");
        List<Requirement> requirements = requirements(scope.getValue(), where);
        if (transport.getKey().equals("docker")) { // those of archives are judged by the names that they are to have
          scopes.put(scope.getKey(), requirements);
        }
      }
    }
    return new Policy(byDefault, scopes);
  }

  private List<Requirement> requirements(JsonNode list, String where) throws IOException, GeneralSecurityException {
    if (!list.isArray() || list.isEmpty()) {
      throw new IllegalArgumentException(where + " is no list of at least one requirement");
    }
    List<Requirement> all = new ArrayList<>();
    for (JsonNode element : list) {
      all.add(requirement(element, where));
    }
    return List.copyOf(all);
  }

  private Requirement requirement(JsonNode element, String where) throws IOException, GeneralSecurityException {
    String type = element.path("type").asText("");
    switch (type) {
      case "insecureAcceptAnything" -> {
        checkKeys(element, Set.of("type"), where);
        return new Requirement.AcceptAnything();
      }
      case "reject" -> {
        checkKeys(element, Set.of("type"), where);
        return new Requirement.Reject();
      }
      case "sigstoreSigned" -> {
        for (String other : List.of("fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas")) {
          if (element.has(other)) {
            return new Requirement.Unsupported("sigstoreSigned with " + other);
          }
        }
        checkKeys(element, Set.of("type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity"), where);
        return new Requirement.SigstoreSigned(keys(element, where), identity(element.path("signedIdentity"), where));
      }
      case "signedBy" -> {
        return new Requirement.Unsupported("signedBy (GPG)");
      }
      default -> throw new IllegalArgumentException(where + " has the unknown requirement '" + Reference.printable(type) + "'");
    }
  }

  private List<TrustedKey> keys(JsonNode element, String where) throws IOException, GeneralSecurityException {
    List<TrustedKey> keys = new ArrayList<>();
    int sources = 0;
    for (String key : List.of("keyPath", "keyPaths", "keyData", "keyDatas")) {
      if (!element.has(key)) {
        continue;
      }
      sources++;
      JsonNode value = element.path(key);
      for (JsonNode one : value.isArray() ? value : List.of(value)) {
        if (value.isArray() != key.endsWith("s") || !one.isTextual()) {
          throw new IllegalArgumentException(where + " has a " + key + " of a wrong kind");
        }
        keys.add(key.startsWith("keyPath") ? TrustedKey.parse(files.text(one.asText()), one.asText()) : TrustedKey.parse(data(one.asText(), where), where));
      }
    }
    if (sources != 1 || keys.isEmpty()) {
      throw new IllegalArgumentException(where + " needs one of keyPath, keyPaths, keyData and keyDatas");
    }
    return List.copyOf(keys);
  }

  private static String data(String base64, String where) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + " has key data that is not base64", e);
    }
  }

  private static SignedIdentity identity(JsonNode identity, String where) {
    if (identity.isMissingNode()) {
      return new SignedIdentity.RepoDigestOrExact();
    }
    String type = identity.path("type").asText("");
    Set<String> keys =
        switch (type) {
          case "exactReference" -> Set.of("type", "dockerReference");
          case "exactRepository" -> Set.of("type", "dockerRepository");
          case "remapIdentity" -> Set.of("type", "prefix", "signedPrefix");
          default -> Set.of("type");
        };
    checkKeys(identity, keys, where + " signedIdentity");
    return switch (type) {
      case "matchExact" -> new SignedIdentity.Exact();
      case "matchRepoDigestOrExact" -> new SignedIdentity.RepoDigestOrExact();
      case "matchRepository" -> new SignedIdentity.Repository();
      case "exactReference" -> new SignedIdentity.ExactReference(name(identity.path("dockerReference").asText(""), where));
      case "exactRepository" -> new SignedIdentity.ExactRepository(name(identity.path("dockerRepository").asText(""), where).name());
      case "remapIdentity" -> new SignedIdentity.Remapped(prefix(identity, "prefix", where), prefix(identity, "signedPrefix", where));
      default -> throw new IllegalArgumentException(where + " has the unknown signedIdentity '" + Reference.printable(type) + "'");
    };
  }

  private static Reference name(String text, String where) {
    try {
      return Reference.parse(text);
    } catch (CriException e) {
      throw new IllegalArgumentException(where + " names '" + Reference.printable(text) + "', which is no image", e);
    }
  }

  private static String prefix(JsonNode identity, String key, String where) {
    String text = identity.path(key).asText("");
    if (text.isEmpty() || text.indexOf('@') >= 0) {
      throw new IllegalArgumentException(where + " has a " + key + " that is no beginning of a repository's name");
    }
    return text;
  }

  private static void checkKeys(JsonNode object, Set<String> known, String where) {
    if (!object.isObject()) {
      throw new IllegalArgumentException(where + " holds what is no object");
    }
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (!known.contains(field.getKey())) {
        throw new IllegalArgumentException(where + " has the unknown key '" + Reference.printable(field.getKey()) + "'");
      }
    }
  }
}
