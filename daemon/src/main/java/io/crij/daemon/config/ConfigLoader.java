package io.crij.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the configuration out of defaults, the file, its drop-ins ({@code <file>.d/*.toml} by name) and the command line,
 * each winning over those before it, key by key. All mistakes of all of them are found before any is reported.
 */
public final class ConfigLoader {
  public static final Path DEFAULT_FILE = Path.of("/etc/crij/config.toml");

  /** A control socket is {@code <run>/p/<12 hex>/sock}, and sun_path holds 107 bytes and a NUL (unix(7)). */
  static final int SOCKET_PATH_BYTES = 107;

  private static final int CONTROL_SOCKET_BYTES = "/p/0123456789ab/sock".length();

  private final List<ConfigProblem> problems = new ArrayList<>();
  private final SettingValues values = new SettingValues();

  private ConfigLoader() {}

  /**
   * Only the default file may be absent; one that is named must exist.
   *
   * @throws ConfigException with every mistake
   */
  public static Config load(CommandLine line) throws ConfigException {
    return new ConfigLoader().run(line);
  }

  private Config run(CommandLine line) throws ConfigException {
    defaults();
    for (TomlFile file : files(line.config())) {
      file.values().forEach((key, node) -> take(file, key, node));
    }
    overlay(Setting.ROOT, line.root(), "--root");
    overlay(Setting.RUN, line.run(), "--run");
    overlay(Setting.SOCKET, line.socket(), "--socket");
    Config config = Config.of(values);
    checkTogether(config);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private void defaults() {
    for (Setting<?> setting : Setting.ALL) {
      if (!setting.defaultToml().isEmpty()) {
        putDefault(setting);
      }
    }
  }

  private <T> void putDefault(Setting<T> setting) {
    try {
      values.put(setting, setting.read(new TomlMapper().readTree("v = " + setting.defaultToml()).path("v")));
    } catch (IOException | SettingType.Misfit e) {
      throw new IllegalStateException("the default of " + setting.key() + " does not fit", e);
    }
  }

  private List<TomlFile> files(@Nullable Path named) {
    Path main = named == null ? DEFAULT_FILE : named;
    List<TomlFile> files = new ArrayList<>();
    if (named != null || Files.exists(main)) {
      files.add(TomlFile.read(main, problems));
    }
    Path dropIns = main.resolveSibling(main.getFileName() + ".d");
    if (Files.isDirectory(dropIns)) {
      List<Path> found = new ArrayList<>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(dropIns, "*.toml")) {
        entries.forEach(found::add);
      } catch (IOException | UncheckedIOException e) {
        problems.add(new ConfigProblem(dropIns, 0, "the folder cannot be read: " + e.getMessage()));
      }
      found.stream().sorted().forEach(path -> files.add(TomlFile.read(path, problems)));
    }
    return files;
  }

  private void take(TomlFile file, String key, JsonNode node) {
    Optional<Setting<?>> setting = Setting.named(key);
    if (setting.isPresent()) {
      put(setting.get(), node, file.path(), file.line(key), key);
      return;
    }
    String nearest = nearestKey(key).map(known -> "; did you mean '" + known + "'?").orElse("");
    String what = Setting.isTable(key) ? "'" + key + "' is a table, not a value" : "unknown key '" + key + "'";
    problems.add(new ConfigProblem(file.path(), file.line(key), what + nearest));
  }

  private <T> void put(Setting<T> setting, JsonNode node, @Nullable Path file, int line, String name) {
    try {
      values.put(setting, setting.read(node));
    } catch (SettingType.Misfit e) {
      problems.add(new ConfigProblem(file, line, "'" + name + "' " + e.getMessage()));
    }
  }

  private void overlay(Setting<Path> setting, @Nullable Path value, String option) {
    if (value != null) {
      put(setting, TextNode.valueOf(value.toAbsolutePath().toString()), null, 0, option);
    }
  }

  private void checkTogether(Config config) {
    int control = bytes(config.run()) + CONTROL_SOCKET_BYTES;
    if (control > SOCKET_PATH_BYTES) {
      together("the run folder " + config.run() + " is " + (control - SOCKET_PATH_BYTES)
          + " bytes too long: the pods' control sockets lie below it, and a socket's path holds at most " + SOCKET_PATH_BYTES + " bytes");
    }
    if (bytes(config.socket()) > SOCKET_PATH_BYTES) {
      together("the socket path " + config.socket() + " is longer than the " + SOCKET_PATH_BYTES + " bytes that the kernel allows");
    }
    if (config.root().equals(config.run())) {
      together("root and run are both " + config.root() + ": what outlives a boot and what dies with it need two folders");
    }
    checkStreaming(config.streaming());
  }

  private void checkStreaming(Config.Streaming streaming) {
    boolean files = streaming.tls() == Config.StreamingTls.FILES;
    if (files && (streaming.cert() == null || streaming.key() == null)) {
      together("streaming.tls is \"files\": streaming.tls_cert and streaming.tls_key both have to be set");
    }
    if (!files && (streaming.cert() != null || streaming.key() != null)) {
      together("streaming.tls_cert and streaming.tls_key are used only if streaming.tls is \"files\"");
    }
    // The URL is all that a client needs to run programs in containers, and plain HTTP shows it to the network.
    if (streaming.tls() == Config.StreamingTls.OFF && !streaming.address().isLoopbackAddress()) {
      together("streaming.address " + streaming.address().getHostAddress() + " can be reached from other nodes: set streaming.tls, or use a loopback address");
    }
  }

  private void together(String message) {
    problems.add(new ConfigProblem(null, 0, message));
  }

  private static int bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private static Optional<String> nearestKey(String key) {
    String last = key.substring(key.lastIndexOf('.') + 1);
    return Setting.ALL.stream()
        .map(Setting::key)
        .map(known -> Map.entry(known, Math.min(distance(key, known), distance(last, known.substring(known.lastIndexOf('.') + 1)))))
        .filter(entry -> entry.getValue() <= 2)
        .min(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey);
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
