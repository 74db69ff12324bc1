package io.crij.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.image.content.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * containers-registries.conf(5), version 2, with its drop-in files: which locations stand behind a name, which names are blocked, what
 * short names mean. Pure: reading files is {@link RegistryServers}' part.
 *
 * @param search registries for short names, best first; empty for Docker Hub alone
 * @param strict whether a short name that several registries could mean is refused
 * @param aliases short name to full repository
 */
record RegistriesConf(List<String> search, boolean strict, Map<String, String> aliases, List<Namespace> namespaces) {
  static final RegistriesConf EMPTY = new RegistriesConf(List.of(), true, Map.of(), List.of());

  private static final Set<String> ROOT_KEYS =
      Set.of("unqualified-search-registries", "short-name-mode", "credential-helpers", "registry", "aliases", "additional-layer-store-auth-helper");
  private static final Set<String> NAMESPACE_KEYS = Set.of("prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror");
  private static final Set<String> MIRROR_KEYS = Set.of("location", "insecure", "pull-from-mirror");

  /** For which references a mirror is used. */
  enum Use {
    ALL,
    DIGEST_ONLY,
    TAG_ONLY
  }

  /** @param location host with the beginning of a repository, which takes the prefix's place */
  record Mirror(String location, boolean insecure, Use use) {}

  /** @param location empty if names are not rewritten */
  record Namespace(String prefix, String location, boolean insecure, boolean blocked, List<Mirror> mirrors) {}

  /** Where an image may be: a repository on a server, by the names that stand in front of the tag. */
  record Place(String host, String repository, boolean insecure, boolean mirror) {}

  /** One file. @throws IllegalArgumentException with half a sentence that says what is wrong */
  static RegistriesConf parse(String text) {
    JsonNode root = TomlText.parse(text);
    if (root.has("registries")) {
      throw new IllegalArgumentException("it is in the old format (version 1), which is no longer read");
    }
    TomlText.checkKeys(root, ROOT_KEYS, "");
    String mode = TomlText.text(root, "short-name-mode", "").toLowerCase(Locale.ROOT);
    if (!Set.of("", "enforcing", "permissive", "disabled").contains(mode)) {
      throw new IllegalArgumentException("short-name-mode is neither enforcing, permissive nor disabled");
    }
    List<String> search = TomlText.texts(root.path("unqualified-search-registries"), "unqualified-search-registries");
    search.forEach(host -> checkLocation(host, "unqualified-search-registries"));
    Map<String, String> aliases = new TreeMap<>();
    for (Map.Entry<String, JsonNode> alias : root.path("aliases").properties()) {
      if (!alias.getValue().isTextual()) {
        throw new IllegalArgumentException("the alias '" + Reference.printable(alias.getKey()) + "' is no text");
      }
      String target = alias.getValue().asText();
      if (!target.isEmpty()) {
        checkLocation(target, "the alias '" + Reference.printable(alias.getKey()) + "'");
      }
      aliases.put(alias.getKey(), target);
    }
    List<Namespace> namespaces = new ArrayList<>();
    JsonNode tables = root.path("registry");
    if (!tables.isMissingNode() && !tables.isArray()) {
      throw new IllegalArgumentException("registry is no array of tables: [[registry]]");
    }
    for (JsonNode table : tables) {
      namespaces.add(namespace(table));
    }
    return new RegistriesConf(List.copyOf(search), !mode.equals("permissive") && !mode.equals("disabled"), aliases, List.copyOf(namespaces));
  }

  /** The keys of one file that ask for programs which give credentials. */
  static List<String> unserved(String text) {
    JsonNode root = TomlText.parse(text);
    List<String> keys = new ArrayList<>();
    for (JsonNode helper : root.path("credential-helpers")) {
      if (!helper.asText().equals("containers-auth.json")) { // The name for the file itself, which is served.
        keys.add("credential-helpers '" + Reference.printable(helper.asText()) + "'");
      }
    }
    if (!root.path("additional-layer-store-auth-helper").asText("").isEmpty()) {
      keys.add("additional-layer-store-auth-helper");
    }
    return keys;
  }

  private static Namespace namespace(JsonNode table) {
    String where = "[[registry]] '" + Reference.printable(table.path("prefix").asText(table.path("location").asText(""))) + "': ";
    TomlText.checkKeys(table, NAMESPACE_KEYS, where);
    String location = TomlText.text(table, "location", where);
    String prefix = TomlText.text(table, "prefix", where);
    boolean wildcard = prefix.startsWith("*.");
    if (location.isEmpty() && prefix.isEmpty()) {
      throw new IllegalArgumentException(where + "neither prefix nor location is set");
    }
    if (!location.isEmpty()) {
      checkLocation(location, where + "location");
    }
    checkLocation(wildcard ? prefix.substring(2) : prefix.isEmpty() ? location : prefix, where + "prefix");
    boolean digestOnly = TomlText.flag(table, "mirror-by-digest-only", false, where);
    List<Mirror> mirrors = new ArrayList<>();
    for (JsonNode mirror : table.path("mirror")) {
      TomlText.checkKeys(mirror, MIRROR_KEYS, where + "mirror: ");
      String at = TomlText.text(mirror, "location", where);
      checkLocation(at, where + "mirror: location");
      String use = TomlText.text(mirror, "pull-from-mirror", where);
      if (digestOnly && !use.isEmpty()) {
        throw new IllegalArgumentException(where + "pull-from-mirror and mirror-by-digest-only exclude each other");
      }
      mirrors.add(new Mirror(at, TomlText.flag(mirror, "insecure", false, where), use(digestOnly ? "digest-only" : use, where)));
    }
    return new Namespace(
        prefix.isEmpty() ? location : prefix,
        location,
        TomlText.flag(table, "insecure", false, where),
        TomlText.flag(table, "blocked", false, where),
        List.copyOf(mirrors));
  }

  private static Use use(String text, String where) {
    return switch (text) {
      case "", "all" -> Use.ALL;
      case "digest-only" -> Use.DIGEST_ONLY;
      case "tag-only" -> Use.TAG_ONLY;
      default -> throw new IllegalArgumentException(where + "pull-from-mirror is neither all, digest-only nor tag-only");
    };
  }

  private static void checkLocation(String location, String what) {
    if (location.isEmpty() || location.contains("://") || location.endsWith("/") || location.startsWith("/") || !location.matches("[A-Za-z0-9._:@/\\[\\]-]{1,512}")) {
      throw new IllegalArgumentException(what + " is no name such as registry.example/team, without https://");
    }
  }

  /** This file with a later one on top: what that one sets wins. */
  RegistriesConf with(RegistriesConf later, boolean setsMode) {
    Map<String, String> allAliases = new TreeMap<>(aliases);
    allAliases.putAll(later.aliases);
    Map<String, Namespace> byPrefix = new LinkedHashMap<>();
    namespaces.forEach(namespace -> byPrefix.put(namespace.prefix, namespace));
    later.namespaces.forEach(namespace -> byPrefix.put(namespace.prefix, namespace));
    return new RegistriesConf(
        later.search.isEmpty() ? search : later.search, setsMode ? later.strict : strict, allAliases, List.copyOf(byPrefix.values()));
  }

  /**
   * The places of an image, in the order in which they are asked.
   *
   * @throws IllegalArgumentException if the name is blocked, or rewriting makes no name of it
   */
  List<Place> places(Reference reference) {
    String full = reference.toString();
    Optional<Namespace> found = namespace(full);
    if (found.isEmpty()) {
      return List.of(new Place(reference.host(), reference.repository(), false, false));
    }
    Namespace namespace = found.get();
    if (namespace.blocked) {
      throw new IllegalArgumentException("the registry configuration blocks '" + namespace.prefix + "'");
    }
    List<Place> places = new ArrayList<>();
    int matched = matched(full, namespace.prefix);
    boolean byDigest = reference.digest() != null;
    for (Mirror mirror : namespace.mirrors) {
      if (mirror.use == Use.ALL || byDigest == (mirror.use == Use.DIGEST_ONLY)) {
        places.add(place(mirror.location + full.substring(matched), mirror.insecure, true));
      }
    }
    places.add(namespace.location.isEmpty() ? place(full, namespace.insecure, false) : place(namespace.location + full.substring(matched), namespace.insecure, false));
    return places;
  }

  private static Place place(String full, boolean insecure, boolean mirror) {
    try {
      Reference reference = Reference.parse(full);
      return new Place(reference.host(), reference.repository(), insecure, mirror);
    } catch (io.crij.core.CriException e) {
      throw new IllegalArgumentException("the registry configuration makes of it '" + Reference.printable(full) + "', which is no image name", e);
    }
  }

  /** The one with the longest prefix that fits. */
  private Optional<Namespace> namespace(String full) {
    Namespace best = null;
    for (Namespace namespace : namespaces) {
      if (matched(full, namespace.prefix) > 0 && (best == null || namespace.prefix.length() > best.prefix.length())) {
        best = namespace;
      }
    }
    return Optional.ofNullable(best);
  }

  /** How many characters of a full name a prefix covers; 0 if it does not fit. */
  private static int matched(String full, String prefix) {
    int end;
    if (prefix.startsWith("*.")) {
      int at = full.indexOf(prefix.substring(1));
      if (at <= 0 || full.substring(0, at).indexOf('/') >= 0) {
        return 0;
      }
      end = at + prefix.length() - 1;
    } else {
      if (!full.startsWith(prefix)) {
        return 0;
      }
      end = prefix.length();
    }
    return end == full.length() || "/:@".indexOf(full.charAt(end)) >= 0 ? end : 0;
  }

  /**
   * The full names that an image name may mean, best first. A name with a registry means itself.
   *
   * @throws IllegalArgumentException if it is short and several registries could be meant
   */
  List<String> expand(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean full = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    if (full || name.isEmpty()) {
      return List.of(name);
    }
    int end = name.indexOf('@') >= 0 ? name.indexOf('@') : name.indexOf(':') >= 0 ? name.indexOf(':') : name.length();
    String alias = aliases.getOrDefault(name.substring(0, end), "");
    if (!alias.isEmpty()) {
      return List.of(alias + name.substring(end));
    }
    if (search.size() > 1 && strict) {
      throw new IllegalArgumentException(
          "'" + Reference.printable(name) + "' is a short name that " + String.join(" and ", search) + " could be meant by; write the registry, too");
    }
    return search.isEmpty() ? List.of(name) : search.stream().map(host -> host + "/" + name).toList();
  }
}
