package io.crij.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.crij.core.CriException;
import io.crij.image.content.Reference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Which servers to ask for an image, in order: the mirrors of {@code <folder>/<host[:port]>/hosts.toml} (else of
 * {@code _default}), then the registry. The format is containerd's (its docs/hosts.md), so one folder serves both. It is read
 * at each pull: a change needs no restart.
 */
public final class RegistryHosts {
  private static final TomlMapper TOML = new TomlMapper();
  private static final Set<String> KEYS =
      Set.of("server", "host", "capabilities", "ca", "skip_verify", "header", "override_path", "client", "dial_timeout");

  private final @Nullable Path folder;

  public RegistryHosts(@Nullable Path folder) {
    this.folder = folder;
  }

  /** @throws CriException FAILED_PRECONDITION if the host's file has a mistake, naming it */
  public List<RegistryEndpoint> endpoints(String host) {
    if (folder != null) {
      for (String name : List.of(host, host.replace(':', '_') + (host.indexOf(':') < 0 ? "" : "_"), "_default")) {
        Path file = folder.resolve(name).resolve("hosts.toml");
        try {
          Optional<String> text = readIfPresent(file);
          if (text.isPresent()) {
            return fromFile(file, host, text.get());
          }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
          String why = e instanceof JsonProcessingException json ? json.getOriginalMessage() : String.valueOf(e.getMessage());
          throw new CriException(
              io.crij.core.ErrorCode.FAILED_PRECONDITION,
              "The registry configuration " + file + " cannot be used for " + host + ": " + why + ".",
              e);
        }
      }
    }
    return List.of(plain(defaultServer(host)));
  }

  private static Optional<String> readIfPresent(Path file) throws IOException {
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static List<RegistryEndpoint> fromFile(Path file, String host, String text)
      throws IOException, GeneralSecurityException {
    JsonNode root = TOML.readTree(text);
    checkKeys(root, "");
    List<RegistryEndpoint> endpoints = new ArrayList<>();
    for (Map.Entry<String, JsonNode> mirror : root.path("host").properties()) {
      checkKeys(mirror.getValue(), "host \"" + mirror.getKey() + "\": ");
      endpoints.add(endpoint(file, mirror.getKey(), mirror.getValue(), host));
    }
    String server = root.path("server").asText("");
    endpoints.add(endpoint(file, server.isEmpty() ? defaultServer(host) : server, root, host));
    return endpoints;
  }

  private static void checkKeys(JsonNode table, String where) {
    for (Map.Entry<String, JsonNode> key : table.properties()) {
      if (!KEYS.contains(key.getKey())) {
        throw new IllegalArgumentException(where + "the key '" + Reference.printable(key.getKey()) + "' is not known");
      }
    }
    if (table.has("client")) {
      throw new IllegalArgumentException(where + "client certificates are not supported");
    }
  }

  private static RegistryEndpoint endpoint(Path file, String url, JsonNode table, String host)
      throws IOException, GeneralSecurityException {
    URI base = base(url, host, table.path("override_path").asBoolean(false));
    boolean registry = table.has("host") || table.has("server") || isSameServer(base, host);
    Set<String> capabilities = Set.copyOf(texts(table.path("capabilities")));
    boolean all = capabilities.isEmpty();
    boolean skipVerify = table.path("skip_verify").asBoolean(false);
    List<Path> authorities = new ArrayList<>();
    for (String authority : texts(table.path("ca"))) {
      authorities.add(file.resolveSibling(authority));
    }
    SSLSocketFactory tls = skipVerify ? RegistryTls.anyCertificate() : authorities.isEmpty() ? null : RegistryTls.trusting(authorities);
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> header : table.path("header").properties()) {
      headers.put(header.getKey(), texts(header.getValue()));
    }
    return new RegistryEndpoint(
        base,
        registry,
        all || capabilities.contains("resolve"),
        all || capabilities.contains("pull"),
        isSameServer(base, host) ? "" : host,
        headers,
        tls,
        !skipVerify);
  }

  private static RegistryEndpoint plain(String server) {
    return new RegistryEndpoint(base(server, "", false), true, true, true, "", Map.of(), null, true);
  }

  /** Registries speak https; those on this very node speak http, as containerd and CRI-O have it. */
  private static String defaultServer(String host) {
    String server = host.equals("docker.io") ? "registry-1.docker.io" : host;
    return (isLoopback(host) ? "http://" : "https://") + server;
  }

  static boolean isLoopback(String host) {
    String name = host.startsWith("[") ? host.substring(0, host.indexOf(']') + 1) : host.replaceAll(":[0-9]+$", "");
    return name.equals("localhost") || name.equals("[::1]") || name.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }

  private static URI base(String url, String host, boolean overridePath) {
    URI uri = URI.create(url.contains("://") ? url : (isLoopback(url) ? "http://" : "https://") + url);
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null) {
      throw new IllegalArgumentException("'" + Reference.printable(url) + "' is not the URL of a registry" + (host.isEmpty() ? "" : " for " + host));
    }
    String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
    if (!overridePath && !path.endsWith("/v2")) {
      path = path + "/v2";
    }
    return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + path);
  }

  private static boolean isSameServer(URI base, String host) {
    return host.equals(base.getAuthority()) || URI.create(defaultServer(host)).getAuthority().equals(base.getAuthority());
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isTextual()) {
      texts.add(node.asText());
    }
    node.forEach(element -> texts.add(element.asText()));
    return texts;
  }
}
