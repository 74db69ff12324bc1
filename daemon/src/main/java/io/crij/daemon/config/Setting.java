package io.crij.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.nri.NriSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One key of the configuration: its dotted name, how it is read, its default as TOML, and a sentence for the person who
 * edits the file. The list {@link #ALL} is all there is; anything else in a file is a mistake.
 */
final class Setting<T> {
  static final Setting<Path> ROOT =
      new Setting<>("root", SettingType.PATH, "\"/var/lib/crij\"", "Images, writable layers and records that outlive a boot.");
  static final Setting<Path> RUN =
      new Setting<>("run", SettingType.PATH, "\"/run/crij\"", "Live pods: control sockets, plans, exits. Short, for a socket's path is at most 107 bytes.");
  static final Setting<Path> SOCKET =
      new Setting<>("socket", SettingType.PATH, "", "The socket for kubelet and crictl; <run>/crij.sock when not set.");
  static final Setting<List<Integer>> SOCKET_GIDS =
      new Setting<>(
          "socket_gids",
          SettingType.listOf(SettingType.number(0, Integer.MAX_VALUE)),
          "[]",
          "Groups (numbers) whose processes may use the socket, besides uid 0; the process's effective group counts. They are as good as root.");
  static final Setting<String> LOG_LEVEL =
      new Setting<>("log.level", SettingType.choice("trace", "debug", "info", "warn", "error"), "\"info\"", "debug adds a line for each List and Status.");
  static final Setting<String> LOG_FORMAT =
      new Setting<>("log.format", SettingType.choice("text", "json"), "\"text\"", "text or json, one line for each event, on stderr.");
  static final Setting<Path> CNI_CONF_DIR =
      new Setting<>("cni.conf_dir", SettingType.PATH, "\"/etc/cni/net.d\"", "The first *.conflist, *.conf or *.json by name is the pods' network.");
  static final Setting<List<Path>> CNI_BIN_DIRS =
      new Setting<>("cni.bin_dirs", SettingType.listOf(SettingType.PATH), "[\"/opt/cni/bin\", \"/usr/lib/cni\"]", "Folders in which CNI plugins are looked for, in order.");
  static final Setting<Path> CNI_CONF_TEMPLATE =
      new Setting<>(
          "cni.conf_template",
          SettingType.PATH,
          "",
          "When set: a network configuration with {{.PodCIDR}} in it, from which 10-crij.conflist is written to conf_dir once kubelet tells the node's pod addresses.");
  static final Setting<Path> REGISTRY_CONFIG_PATH =
      new Setting<>("registry.config_path", SettingType.PATH, "\"/etc/crij/certs.d\"", "Folder with <host[:port]>/hosts.toml files: mirrors, certificates, plain http.");
  static final Setting<Path> REGISTRIES_CONF =
      new Setting<>(
          "registry.registries_conf",
          SettingType.PATH,
          "\"/etc/crij/registries.conf\"",
          "containers-registries.conf(5) with its drop-ins (PATH.d/*.conf), if it is there: other locations, mirrors, blocked and short names.");
  static final Setting<Path> REGISTRY_AUTH_FILE =
      new Setting<>("registry.auth_file", SettingType.PATH, "\"/etc/crij/auth.json\"", "The node's own credentials, if it is there, in the form of Docker's config.json.");
  static final Setting<String> HTTP_PROXY =
      new Setting<>("registry.http_proxy", SettingType.PROXY, "\"\"", "Proxy to registries by http; when empty, the environment's HTTP_PROXY.");
  static final Setting<String> HTTPS_PROXY =
      new Setting<>("registry.https_proxy", SettingType.PROXY, "\"\"", "Proxy to registries by https; when empty, the environment's HTTPS_PROXY.");
  static final Setting<String> NO_PROXY =
      new Setting<>("registry.no_proxy", SettingType.TEXT, "\"\"", "Hosts, .suffixes, addresses and networks (10.0.0.0/8) reached directly; when empty, the environment's NO_PROXY.");
  static final Setting<Path> IMAGES_POLICY =
      new Setting<>("images.policy", SettingType.PATH, "\"/etc/crij/policy.json\"", "containers-policy.json(5), if it is there: which images are taken, by whose signatures.");
  static final Setting<Path> IMAGES_POLICY_DIR =
      new Setting<>("images.policy_dir", SettingType.PATH, "\"/etc/crij/policies\"", "Folder with <namespace>.json files, each in place of images.policy for the pods of its namespace.");
  static final Setting<String> CGROUP_DRIVER =
      new Setting<>(
          "cgroup.driver",
          SettingType.choice("auto", "cgroupfs", "systemd"),
          "\"auto\"",
          "Who makes cgroups: cgroupfs for this daemon, systemd for units of systemd; auto is systemd where it is PID 1 on cgroup v2 and answers on its bus. kubelet asks for it and follows; after a change, restart kubelet.");
  static final Setting<List<String>> IMAGES_PINNED =
      new Setting<>("images.pinned", SettingType.listOf(SettingType.TEXT), "[]", "Names of images that kubelet's garbage collection passes over; * stands for any characters.");
  static final Setting<Integer> IMAGES_PARALLEL =
      new Setting<>("images.max_parallel_downloads", SettingType.number(1, 64), "3", "Layers fetched and unpacked at one time from one registry, over all pulls; four times as many from all.");
  static final Setting<Integer> STATS_LAYER_SECONDS =
      new Setting<>(
          "stats.layer_seconds",
          SettingType.number(1, 3600),
          "10",
          "How old the count of what a container wrote gets before it is counted anew, behind the call that finds it so. Large trees are counted less often.");

  static final Setting<InetAddress> STREAMING_ADDRESS =
      new Setting<>(
          "streaming.address",
          SettingType.IP,
          "\"127.0.0.1\"",
          "Where clients of exec, attach and port-forward connect (kubelet does, on this node). Any but a loopback address needs TLS.");
  static final Setting<Integer> STREAMING_PORT =
      new Setting<>("streaming.port", SettingType.number(0, 65_535), "0", "0 lets the kernel choose one; the URL says which.");
  static final Setting<String> STREAMING_TLS =
      new Setting<>(
          "streaming.tls",
          SettingType.choice("off", "self-signed", "files"),
          "\"off\"",
          "off for plain HTTP, self-signed for a certificate made anew at each start, files for tls_cert and tls_key.");
  static final Setting<Path> STREAMING_TLS_CERT =
      new Setting<>("streaming.tls_cert", SettingType.PATH, "", "The certificate and those of its issuers, PEM. A change of the files needs no restart.");
  static final Setting<Path> STREAMING_TLS_KEY = new Setting<>("streaming.tls_key", SettingType.PATH, "", "The key of tls_cert, PEM without a password; may be the same file.");
  static final Setting<Integer> STREAMING_IDLE =
      new Setting<>(
          "streaming.idle_timeout_seconds",
          SettingType.number(1, 7 * 24 * 3600),
          "14400",
          "After so long without a byte in either direction, pings of the client included, a stream's connection is closed.");

  static final Setting<Optional<InetSocketAddress>> METRICS_ADDRESS =
      new Setting<>(
          "metrics.address",
          SettingType.LISTEN,
          "\"\"",
          "ADDRESS:PORT on which Prometheus finds /metrics, such as 127.0.0.1:9130; empty for nowhere. There is no login: any but a loopback address shows the node's pods to whoever reaches it.");

  static final Setting<Optional<URI>> TRACING_ENDPOINT =
      new Setting<>(
          "tracing.endpoint",
          SettingType.COLLECTOR,
          "\"\"",
          "The collector of OpenTelemetry that traces are sent to: http://127.0.0.1:4317, https:// for one with TLS; empty for none. With kubelet's own tracing its calls and ours are one trace.");
  static final Setting<String> TRACING_PROTOCOL =
      new Setting<>(
          "tracing.protocol",
          SettingType.choice("grpc", "http"),
          "\"grpc\"",
          "What it speaks: grpc as kubelet does, port 4317 if none is given; or http, which is protobuf over HTTP, port 4318 and path /v1/traces.");
  static final Setting<Integer> TRACING_SAMPLING =
      new Setting<>(
          "tracing.sampling_rate_per_million",
          SettingType.number(0, 1_000_000),
          "0",
          "Of calls whose client says nothing about a trace, so many of a million begin one. A client that does say decides by itself.");
  static final Setting<Boolean> NRI_ENABLE =
      new Setting<>("nri.enable", SettingType.YES_OR_NO, "true", "Whether NRI plugins are told of pods and containers and may adjust them. They are as good as root.");
  static final Setting<Path> NRI_SOCKET_PATH =
      new Setting<>("nri.socket_path", SettingType.PATH, "\"/var/run/nri/nri.sock\"", "Where plugins connect; for root alone.");
  static final Setting<Path> NRI_PLUGIN_PATH =
      new Setting<>("nri.plugin_path", SettingType.PATH, "\"/opt/nri/plugins\"", "Programs named NN-NAME in this folder are started with the daemon, as plugins.");
  static final Setting<Path> NRI_PLUGIN_CONFIG_PATH =
      new Setting<>("nri.plugin_config_path", SettingType.PATH, "\"/etc/nri/conf.d\"", "Their configuration, NN-NAME.conf or NAME.conf.");
  static final Setting<Integer> NRI_REGISTRATION_TIMEOUT =
      new Setting<>("nri.registration_timeout_ms", SettingType.number(100, 600_000), "5000", "For a plugin to register, and to take in the pods and containers that there are.");
  static final Setting<Integer> NRI_REQUEST_TIMEOUT =
      new Setting<>("nri.request_timeout_ms", SettingType.number(10, 600_000), "2000", "For a plugin to answer an event.");
  static final Setting<String> NRI_ON_FAILURE =
      new Setting<>(
          "nri.on_failure",
          SettingType.choice("ignore", "fail"),
          "\"ignore\"",
          "When a plugin does not answer in time, breaks the protocol or goes away, it is dropped; then ignore lets the request go on without it, fail refuses it, and new pods and containers too until the plugin is back.");
  static final Setting<List<NriSettings.Rule>> NRI_PLUGINS =
      new Setting<>(
          "nri.plugins",
          new NriRules(),
          "",
          "Exceptions, as tables of their own: [nri.plugins.\"10-NAME\"] with on_failure or request_timeout_ms. One with on_failure = \"fail\" must be there before pods can be made.");

  static final Setting<List<Config.Runtime>> RUNTIMES =
      new Setting<>(
          "runtimes",
          new RuntimeTables(),
          "",
          "Runtime handlers besides the built-in launcher, as tables of their own: [runtimes.NAME] with kind (\"oci\", or \"gvisor\" for runsc), path (of the program), and maybe root (its state; <run>/oci/NAME when not set) and args (words before its command). A RuntimeClass names them.");

  static final Setting<List<Path>> HOOKS_DIRS =
      new Setting<>(
          "hooks.dirs",
          SettingType.listOf(SettingType.PATH),
          "[]",
          "Folders with *.json files as oci-hooks(5) has them, such as /usr/share/containers/oci/hooks.d: programs run as root around the start of the containers that each names. Read anew for each container.");

  static final List<Setting<?>> ALL =
      List.of(
          ROOT,
          RUN,
          SOCKET,
          SOCKET_GIDS,
          RUNTIMES,
          LOG_LEVEL,
          LOG_FORMAT,
          CNI_CONF_DIR,
          CNI_BIN_DIRS,
          REGISTRY_CONFIG_PATH,
          REGISTRIES_CONF,
          REGISTRY_AUTH_FILE,
          HTTP_PROXY,
          HTTPS_PROXY,
          NO_PROXY,
          CGROUP_DRIVER,
          IMAGES_PARALLEL,
          IMAGES_PINNED,
          IMAGES_POLICY,
          IMAGES_POLICY_DIR,
          STATS_LAYER_SECONDS,
          STREAMING_ADDRESS,
          STREAMING_PORT,
          STREAMING_TLS,
          STREAMING_TLS_CERT,
          STREAMING_TLS_KEY,
          STREAMING_IDLE,
          METRICS_ADDRESS,
          TRACING_ENDPOINT,
          TRACING_PROTOCOL,
          TRACING_SAMPLING,
          NRI_ENABLE,
          NRI_SOCKET_PATH,
          NRI_PLUGIN_PATH,
          NRI_PLUGIN_CONFIG_PATH,
          NRI_REGISTRATION_TIMEOUT,
          NRI_REQUEST_TIMEOUT,
          NRI_ON_FAILURE,
          NRI_PLUGINS,
          HOOKS_DIRS);

  private final String key;
  private final SettingType<T> type;
  private final String defaultToml;
  private final String words;

  private Setting(String key, SettingType<T> type, String defaultToml, String words) {
    this.key = key;
    this.type = type;
    this.defaultToml = defaultToml;
    this.words = words;
  }

  /** Dotted: {@code table.key}. */
  String key() {
    return key;
  }

  /** As TOML; empty for a setting without one. */
  String defaultToml() {
    return defaultToml;
  }

  String words() {
    return words;
  }

  T read(JsonNode node) throws SettingType.Misfit {
    return type.read(node);
  }

  static Optional<Setting<?>> named(String key) {
    return ALL.stream().filter(setting -> setting.key.equals(key)).findFirst();
  }

  static boolean isTable(String key) {
    return ALL.stream().anyMatch(setting -> setting.key.startsWith(key + "."));
  }
}
