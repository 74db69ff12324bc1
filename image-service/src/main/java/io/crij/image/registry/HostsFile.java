package io.crij.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.image.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A {@code hosts.toml} as containerd reads it (its docs/hosts.md), and one key more: {@code credentials}.
 *
 * @param mirrors in the order of the file
 * @param server the registry itself
 */
record HostsFile(List<Server> mirrors, Server server) {
  private static final Set<String> SERVER_KEYS =
      Set.of("capabilities", "ca", "client", "skip_verify", "header", "override_path", "dial_timeout", "credentials");
  private static final Set<String> ROOT_KEYS =
      java.util.stream.Stream.concat(SERVER_KEYS.stream(), java.util.stream.Stream.of("server", "host"))
          .collect(java.util.stream.Collectors.toUnmodifiableSet());
  private static final Set<String> CAPABILITIES = Set.of("pull", "resolve", "push", "referrers");

  /**
   * One server. Files are named as they stand there: relative to the folder of the hosts.toml.
   *
   * @param authorities files with certificates
   * @param clients pairs of certificate file and key file, which may be one
   * @param dialTimeout null for the node's own
   * @param credentials file with the credentials for this server, empty for none
   */
  record Server(
      URI base,
      boolean canPull,
      boolean canResolve,
      List<String> authorities,
      List<List<String>> clients,
      boolean skipVerify,
      Map<String, List<String>> headers,
      @Nullable Duration dialTimeout,
      String credentials) {}

  /** @throws IllegalArgumentException with half a sentence that says what is wrong and where */
  static HostsFile parse(String text, String host) {
    JsonNode root = TomlText.parse(text);
    TomlText.checkKeys(root, ROOT_KEYS, "");
    List<Server> mirrors = new ArrayList<>();
    JsonNode hosts = root.path("host");
    if (!hosts.isMissingNode() && !hosts.isObject()) {
      throw new IllegalArgumentException("host is no table");
    }
    for (Map.Entry<String, JsonNode> mirror : hosts.properties()) {
      String where = "host \"" + io.crij.image.content.Reference.printable(mirror.getKey()) + "\": ";
      TomlText.checkKeys(mirror.getValue(), SERVER_KEYS, where);
      mirrors.add(server(mirror.getKey(), mirror.getValue(), where));
    }
    String server = TomlText.text(root, "server", "");
    return new HostsFile(List.copyOf(mirrors), server(server.isEmpty() ? ServerUrl.ofHost(host).toString() : server, root, ""));
  }

  private static Server server(String url, JsonNode table, String where) {
    List<String> capabilities = TomlText.texts(table.path("capabilities"), where + "capabilities");
    for (String capability : capabilities) {
      if (!CAPABILITIES.contains(capability)) {
        throw new IllegalArgumentException(where + "'" + io.crij.image.content.Reference.printable(capability) + "' is no capability");
      }
    }
    boolean all = capabilities.isEmpty();
    String dial = TomlText.text(table, "dial_timeout", where);
    return new Server(
        ServerUrl.base(url, TomlText.flag(table, "override_path", false, where)),
        all || capabilities.contains("pull"),
        all || capabilities.contains("resolve"),
        TomlText.texts(table.path("ca"), where + "ca"),
        clients(table.path("client"), where),
        TomlText.flag(table, "skip_verify", false, where),
        headers(table.path("header"), where),
        dial.isEmpty() ? null : GoDuration.parse(dial),
        TomlText.text(table, "credentials", where));
  }

  /** One file, files, or pairs of files. */
  private static List<List<String>> clients(JsonNode value, String where) {
    List<List<String>> pairs = new ArrayList<>();
    if (value.isTextual()) {
      pairs.add(List.of(value.asText()));
    } else if (!value.isMissingNode() && !value.isArray()) {
      throw new IllegalArgumentException(where + "client is neither a text nor a list");
    }
    for (JsonNode element : value) {
      List<String> pair = TomlText.texts(element, where + "client").stream().filter(file -> !file.isEmpty()).toList();
      if (pair.isEmpty() || pair.size() > 2) {
        throw new IllegalArgumentException(where + "client takes a certificate and its key, in one file or in two");
      }
      pairs.add(pair);
    }
    return List.copyOf(pairs);
  }

  private static Map<String, List<String>> headers(JsonNode table, String where) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    if (!table.isMissingNode() && !table.isObject()) {
      throw new IllegalArgumentException(where + "header is no table");
    }
    for (Map.Entry<String, JsonNode> header : table.properties()) {
      List<String> values = TomlText.texts(header.getValue(), where + "header");
      if (!HttpHeaders.isName(header.getKey()) || !values.stream().allMatch(HttpHeaders::isValue)) {
        throw new IllegalArgumentException(where + "a header has a name or a value that cannot be sent");
      }
      headers.put(header.getKey(), values);
    }
    return headers;
  }
}
