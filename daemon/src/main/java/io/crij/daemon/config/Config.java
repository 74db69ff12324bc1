package io.crij.daemon.config;

import io.crij.nri.NriSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The checked configuration of one daemon. All paths are absolute.
 *
 * @param root what outlives a boot
 * @param run what dies with a boot; short, for sockets lie below it
 * @param socketGids groups, besides uid 0, whose processes may use the socket
 */
public record Config(
    Path root, Path run, Path socket, List<Integer> socketGids, Log log, Cni cni, Registry registry, Cgroup cgroup, Images images, Stats stats, Streaming streaming, Metrics metrics, Tracing tracing, Nri nri, List<Runtime> runtimes, Hooks hooks) {
  /** How the daemon's own log is written. */
  public enum LogFormat {
    TEXT,
    JSON
  }

  /** @param level a logback level in lower case */
  public record Log(String level, LogFormat format) {}

  /** @param confTemplate a configuration with blanks for the node's pod addresses; null for none */
  public record Cni(Path confDir, List<Path> binDirs, @Nullable Path confTemplate) {}

  /**
   * How registries are reached. The files may be missing.
   *
   * @param configPath the folder with {@code <host[:port]>/hosts.toml} files
   * @param httpProxy empty for what the environment says; likewise the next two
   */
  public record Registry(Path configPath, Path registriesConf, Path authFile, String httpProxy, String httpsProxy, String noProxy) {
    /** Without what the proxies are logged in to with. */
    @Override
    public String toString() {
      return "registry at " + configPath;
    }
  }

  /** Who makes cgroups. */
  public enum CgroupDriver {
    AUTO,
    CGROUPFS,
    SYSTEMD
  }

  public record Cgroup(CgroupDriver driver) {}

  /**
   * How images are taken.
   *
   * @param maxParallelDownloads layers fetched at one time from one registry
   * @param pinned names of images that kubelet's garbage collection is to pass over; {@code *} stands for any characters
   * @param policy which images are taken; may be missing, like the folder with those of single namespaces
   */
  public record Images(int maxParallelDownloads, Path policy, Path policyDir, List<String> pinned) {}

  /** @param layerPeriod how old the count of a writable layer gets before it is renewed */
  public record Stats(Duration layerPeriod) {}

  /** How the streaming server speaks. */
  public enum StreamingTls {
    OFF,
    SELF_SIGNED,
    FILES
  }

  /**
   * @param port 0 for one that the kernel chooses
   * @param cert set if {@code tls} is FILES, and {@code key} likewise
   */
  public record Streaming(
      InetAddress address, int port, StreamingTls tls, @Nullable Path cert, @Nullable Path key, Duration idleTimeout) {}

  /** @param address where they are served; null for nowhere */
  public record Metrics(@Nullable InetSocketAddress address) {}

  /**
   * @param endpoint where traces go; null for nowhere
   * @param grpc else HTTP
   * @param samplingPerMillion of the calls that their client does not trace
   */
  public record Tracing(@Nullable URI endpoint, boolean grpc, int samplingPerMillion) {}

  /** @param settings of no meaning when it is not enabled */
  public record Nri(boolean enable, NriSettings settings) {}

  /**
   * A runtime handler that is an OCI runtime.
   *
   * @param root where it keeps its state; null for a folder below {@code run}
   * @param isolated whether it is gVisor, whose containers have a kernel of their own
   * @param args options before its command
   */
  public record Runtime(String name, Path path, @Nullable Path root, boolean isolated, List<String> args) {}

  /** @param dirs folders with hooks by conditions; of two files with one name that in the later folder counts */
  public record Hooks(List<Path> dirs) {}

  private static List<Runtime> runtimes(SettingValues values) {
    @Nullable List<Runtime> runtimes = values.find(Setting.RUNTIMES);
    return runtimes == null ? List.of() : runtimes;
  }

  static Config of(SettingValues values) {
    Path run = values.get(Setting.RUN);
    @Nullable Path socket = values.find(Setting.SOCKET);
    return new Config(
        values.get(Setting.ROOT),
        run,
        socket != null ? socket : run.resolve("crij.sock"),
        values.get(Setting.SOCKET_GIDS),
        new Log(values.get(Setting.LOG_LEVEL), LogFormat.valueOf(values.get(Setting.LOG_FORMAT).toUpperCase(Locale.ROOT))),
        new Cni(values.get(Setting.CNI_CONF_DIR), values.get(Setting.CNI_BIN_DIRS), values.find(Setting.CNI_CONF_TEMPLATE)),
        new Registry(
            values.get(Setting.REGISTRY_CONFIG_PATH),
            values.get(Setting.REGISTRIES_CONF),
            values.get(Setting.REGISTRY_AUTH_FILE),
            values.get(Setting.HTTP_PROXY),
            values.get(Setting.HTTPS_PROXY),
            values.get(Setting.NO_PROXY)),
        new Cgroup(CgroupDriver.valueOf(values.get(Setting.CGROUP_DRIVER).toUpperCase(Locale.ROOT))),
        new Images(values.get(Setting.IMAGES_PARALLEL), values.get(Setting.IMAGES_POLICY), values.get(Setting.IMAGES_POLICY_DIR), values.get(Setting.IMAGES_PINNED)),
        new Stats(Duration.ofSeconds(values.get(Setting.STATS_LAYER_SECONDS))),
        streaming(values),
        new Metrics(values.get(Setting.METRICS_ADDRESS).orElse(null)),
        new Tracing(
            values.get(Setting.TRACING_ENDPOINT).orElse(null),
            values.get(Setting.TRACING_PROTOCOL).equals("grpc"),
            values.get(Setting.TRACING_SAMPLING)),
        new Nri(values.get(Setting.NRI_ENABLE), nri(values)),
        runtimes(values),
        new Hooks(values.get(Setting.HOOKS_DIRS)));
  }

  private static Streaming streaming(SettingValues values) {
    return new Streaming(
        values.get(Setting.STREAMING_ADDRESS),
        values.get(Setting.STREAMING_PORT),
        StreamingTls.valueOf(values.get(Setting.STREAMING_TLS).toUpperCase(Locale.ROOT).replace('-', '_')),
        values.find(Setting.STREAMING_TLS_CERT),
        values.find(Setting.STREAMING_TLS_KEY),
        Duration.ofSeconds(values.get(Setting.STREAMING_IDLE)));
  }

  private static NriSettings nri(SettingValues values) {
    @Nullable List<NriSettings.Rule> rules = values.find(Setting.NRI_PLUGINS);
    return new NriSettings(
        values.get(Setting.NRI_SOCKET_PATH),
        values.get(Setting.NRI_PLUGIN_PATH),
        values.get(Setting.NRI_PLUGIN_CONFIG_PATH),
        Duration.ofMillis(values.get(Setting.NRI_REGISTRATION_TIMEOUT)),
        Duration.ofMillis(values.get(Setting.NRI_REQUEST_TIMEOUT)),
        NriSettings.OnFailure.valueOf(values.get(Setting.NRI_ON_FAILURE).toUpperCase(Locale.ROOT)),
        rules == null ? List.of() : rules);
  }
}
