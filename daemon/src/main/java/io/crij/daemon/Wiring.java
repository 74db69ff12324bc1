package io.crij.daemon;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.container.Attach;
import io.crij.container.ContainerEvents;
import io.crij.container.ContainerHost;
import io.crij.container.ContainerStatus;
import io.crij.container.ContainersOfPods;
import io.crij.container.CreateContainer;
import io.crij.container.DefaultAppArmor;
import io.crij.container.Exec;
import io.crij.container.ExecSync;
import io.crij.container.ListContainers;
import io.crij.container.NodeToMeasure;
import io.crij.container.PluginNode;
import io.crij.container.RecoverContainers;
import io.crij.container.RemoveContainer;
import io.crij.container.ReopenContainerLog;
import io.crij.container.StartContainer;
import io.crij.container.StopContainer;
import io.crij.container.UpdateContainerResources;
import io.crij.container.hooks.HookPrograms;
import io.crij.container.hooks.HooksFolders;
import io.crij.container.hooks.NodeHooks;
import io.crij.container.stats.ContainerFilesystem;
import io.crij.container.stats.ContainerStats;
import io.crij.container.stats.ListContainerStats;
import io.crij.container.stats.ListMetricDescriptors;
import io.crij.container.stats.ListPodSandboxMetrics;
import io.crij.container.stats.ListPodSandboxStats;
import io.crij.container.stats.Measuring;
import io.crij.container.stats.PodSandboxStats;
import io.crij.container.oci.OciRuntime;
import io.crij.container.oci.OciRuntimes;
import io.crij.core.Journal;
import io.crij.cri.AuthConfig;
import io.crij.daemon.config.Config;
import io.crij.daemon.host.InstalledPluginLauncher;
import io.crij.daemon.host.StartException;
import io.crij.daemon.metrics.MeasuredNetwork;
import io.crij.daemon.metrics.Metrics;
import io.crij.daemon.metrics.MetricsServer;
import io.crij.daemon.metrics.NodeMetrics;
import io.crij.daemon.metrics.ImageMetrics;
import io.crij.daemon.node.RuntimeConfig;
import io.crij.daemon.node.Status;
import io.crij.daemon.node.UpdateRuntimeConfig;
import io.crij.daemon.node.Version;
import io.crij.daemon.report.Gc;
import io.crij.daemon.report.JournaledPull;
import io.crij.daemon.report.Reports;
import io.crij.daemon.rpc.Calls;
import io.crij.daemon.rpc.ImageOperations;
import io.crij.daemon.rpc.NodeReports;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.daemon.stream.StreamServer;
import io.crij.daemon.stream.StreamSettings;
import io.crij.daemon.stream.StreamTls;
import io.crij.daemon.trace.StageSpans;
import io.crij.daemon.trace.Traces;
import io.crij.helper.MonitorSockets;
import io.crij.helper.Spawn;
import io.crij.helper.UserNamespaceProbe;
import io.crij.helper.seccomp.SeccompCompiler;
import io.crij.image.ImageSettings;
import io.crij.image.ImageStore;
import io.crij.image.content.ImageLimits;
import io.crij.image.http.ProxyRules;
import io.crij.image.registry.RegistrySettings;
import io.crij.image.trust.TrustSettings;
import io.crij.netns.PluginNetwork;
import io.crij.netns.PodNetwork;
import io.crij.nri.Node;
import io.crij.nri.Nri;
import io.crij.nri.PluginRuntime;
import io.crij.sandbox.Folders;
import io.crij.sandbox.ListPodSandbox;
import io.crij.sandbox.PodContainers;
import io.crij.sandbox.PodFiles;
import io.crij.sandbox.PodHandlers;
import io.crij.sandbox.PodSandboxStatus;
import io.crij.sandbox.PortForward;
import io.crij.sandbox.RecoverSandboxes;
import io.crij.sandbox.RemovePodSandbox;
import io.crij.sandbox.RunPodSandbox;
import io.crij.sandbox.SandboxHost;
import io.crij.sandbox.SandboxStore;
import io.crij.sandbox.Sandboxes;
import io.crij.sandbox.StopPodSandbox;
import io.crij.sandbox.UpdatePodSandboxResources;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every part of the daemon, made from the configuration and given to those that need it. */
final class Wiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

  /** Pods that name no parent, and the monitors, are below this folder in every hierarchy. */
  private static final String CGROUP_ROOT = "/crij";

  /** Where ip-netns(8) and CNI plugins look, too. */
  private static final Path NETNS_PINS = Path.of("/run/netns");

  private final Spawn spawn;
  private final MonitorSockets monitors;
  private final ImageStore store;
  private final RecoverSandboxes recoverPods;
  private final RecoverContainers recoverContainers;
  private final ContainerEvents events;
  private final Measuring measuring;
  private final StreamServer streams;
  private final RuntimeOperations runtime;
  private final @Nullable PluginRuntime plugins;
  private final Node node;
  private final ImageOperations images;
  private final Calls calls;
  private final NodeReports reports;
  private final @Nullable NodeMetrics nodeMetrics;
  private final @Nullable Traces traces;
  private final @Nullable InetSocketAddress metricsAddress;
  private @Nullable MetricsServer metricsServer;

  private Wiring(Config config, Cgroups cgroups, SystemdCgroups systemd, String kernel, Path crijPod, Spawn spawn, MonitorSockets monitors, ImageStore store) throws IOException, StartException {
    this.spawn = spawn;
    this.monitors = monitors;
    this.store = store;
    Folders folders = new Folders(config.root(), config.run(), NETNS_PINS);
    this.metricsAddress = config.metrics().address();
    // Nothing is counted, and the library is not loaded, where nobody asks.
    Metrics metrics = metricsAddress == null ? null : new Metrics();
    this.traces = traces(config.tracing(), kernel);
    PluginNetwork cni = new PluginNetwork(config.cni().confDir(), config.cni().binDirs(), networks(config), spawn, PluginNetwork.Deadlines.DEFAULT);
    PodNetwork network = metrics == null ? cni : new MeasuredNetwork(cni, metrics);
    this.plugins =
        config.nri().enable()
            ? new PluginRuntime(config.nri().settings(), BuildVersion.text(), new InstalledPluginLauncher(crijPod, config.run()))
            : null;
    Nri nri = plugins == null ? Nri.NONE : plugins.hooks();
    Journal journal = new Journal();
    List<Consumer<Journal.Entry>> done = new ArrayList<>();
    if (metrics != null) {
      done.add(metrics::done);
      cni.listen(metrics::plugin);
    }
    if (traces != null) {
      done.add(new StageSpans(traces)::done);
    }
    journal.listen(entry -> done.forEach(each -> each.accept(entry)));
    SandboxStore pods = new SandboxStore(folders);
    Sandboxes sandboxes = new Sandboxes(pods, folders);
    SandboxHost podHost =
        new SandboxHost(
            pods, folders, cgroups, systemd, CGROUP_ROOT, spawn, monitors, network, spawn, PodFiles.NodeFiles.STANDARD, nri, journal, handlers(config));
    ContainerHost host =
        ContainerHost.of(config.root(), sandboxes, store.uses(), cgroups, systemd, spawn, new SeccompCompiler(), new NodeHooks(new HookPrograms(spawn, crijPod), new HooksFolders(config.hooks().dirs())), nri, journal, runtimes(config, spawn));
    RemoveContainer removeContainer = new RemoveContainer(host);
    PodContainers podContainers = new ContainersOfPods(host, removeContainer);
    this.recoverPods = new RecoverSandboxes(podHost, podContainers);
    this.recoverContainers = new RecoverContainers(host, removeContainer);
    this.events = new ContainerEvents(host, sandboxes);
    this.measuring =
        new Measuring(
            new NodeToMeasure(host, sandboxes), cgroups, config.root(), config.stats().layerPeriod(), Clock.systemUTC());
    UpdateContainerResources updateResources = new UpdateContainerResources(host);
    this.node = new PluginNode(host, sandboxes, updateResources);
    Status.NodeFacts facts = new Status.NodeFacts(BuildVersion.text(), kernel, cgroups.version().toString(), systemd.driver().name().toLowerCase(Locale.ROOT), userNamespaces(spawn, config));
    this.streams =
        StreamServer.listen(streamSettings(config.streaming()), new RuntimeStreams(new Exec(host), new Attach(host), new PortForward(sandboxes)));
    this.runtime =
        new RuntimeOperations(
            new Version(BuildVersion.text())::run,
            new Status(config, facts, network)::run,
            new RuntimeConfig(systemd.driver())::run,
            new UpdateRuntimeConfig(config.cni(), network)::run,
            new RuntimeOperations.Pods(
                new RunPodSandbox(podHost, podContainers)::run,
                new StopPodSandbox(podHost, podContainers)::run,
                new RemovePodSandbox(podHost, podContainers)::run,
                new PodSandboxStatus(podHost, podContainers)::run,
                new ListPodSandbox(pods)::run,
                new UpdatePodSandboxResources(podHost)::run),
            new RuntimeOperations.Containers(
                new CreateContainer(host)::run,
                new StartContainer(host)::run,
                new StopContainer(host)::run,
                removeContainer::run,
                new ContainerStatus(host)::run,
                new ListContainers(host)::run,
                new ExecSync(host)::run,
                updateResources::run,
                new ReopenContainerLog(host)::run),
            stats(measuring),
            events::subscribe,
            new RuntimeOperations.Streams(streams::exec, streams::attach, streams::portForward));
    ContainerFilesystem containerFilesystem = new ContainerFilesystem(measuring);
    this.images =
        new ImageOperations(
            new JournaledPull(store.pullImage()::run, journal)::run, store.imageStatus()::run, store.listImages()::run, store.removeImage()::run,
            request -> containerFilesystem.addTo(store.imageFsInfo().run(request)),
            store.pullImage()::underway,
            (image, repair) -> repair ? store.verifyImage().repair(image, AuthConfig.getDefaultInstance()) : store.verifyImage().run(image),
            store.saveImages()::run,
            store.loadImages()::run);
    this.calls = new Calls(metrics == null ? (rpc, code, nanos, streaming) -> {} : metrics::called);
    this.reports =
        new Reports(config.socket(), runtime, images.underway(), images.fsInfo(), calls, journal)
            .questions(new Gc(runtime, images, store.reconciler()::find, store.reconciler()::run));
    if (metrics == null) {
      this.nodeMetrics = null;
    } else {
      this.nodeMetrics = new NodeMetrics(metrics, runtime, images.underway(), calls, sandboxes::withoutMonitor);
      metrics.gauge("crij_monitors", "Pods with a monitor that answers.", sandboxes::monitors);
      events.listen(metrics::ended);
      if (plugins != null) {
        plugins.listen(metrics::answered);
      }
      ImageMetrics.addTo(metrics, store.pullImage()::servers);
      ImageMetrics.addTo(metrics, store.reconciler());
      ImageMetrics.addTo(metrics, images);
      if (traces != null) {
        metrics.counters("crij_trace_spans_total", "Spans of traces, by what became of them.", "outcome", traces::outcomes);
      }
    }
  }

  private static @Nullable Traces traces(Config.Tracing tracing, String kernel) throws IOException {
    URI endpoint = tracing.endpoint();
    return endpoint == null
        ? null
        : Traces.to(
            endpoint,
            tracing.grpc(),
            Map.of(
                "service.name", "crij",
                "service.version", BuildVersion.text(),
                "host.name", Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(),
                "os.type", "linux",
                "os.version", kernel),
            tracing.samplingPerMillion());
  }

  private static PodHandlers handlers(Config config) {
    return new PodHandlers(config.runtimes().stream().map(Config.Runtime::name).collect(Collectors.toSet()));
  }

  private static OciRuntimes runtimes(Config config, Spawn spawn) throws IOException {
    List<OciRuntime> runtimes = new ArrayList<>();
    Path states = config.run().resolve("oci");
    for (Config.Runtime runtime : config.runtimes()) {
      Path root = runtime.root() == null ? states.resolve(runtime.name()) : runtime.root();
      Files.createDirectories(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (!Files.isExecutable(runtime.path())) {
        LOG.warn("Runtime handler '{}' cannot start containers: there is no program {}.", runtime.name(), runtime.path());
      }
      runtimes.add(new OciRuntime(runtime.name(), runtime.path(), root, runtime.isolated(), runtime.args()));
    }
    return new OciRuntimes(states, runtimes, spawn);
  }

  private static RuntimeOperations.Stats stats(Measuring measuring) {
    return new RuntimeOperations.Stats(
        new ContainerStats(measuring)::run,
        new ListContainerStats(measuring)::run,
        new PodSandboxStats(measuring)::run,
        new ListPodSandboxStats(measuring)::run,
        new ListMetricDescriptors()::run,
        new ListPodSandboxMetrics(measuring)::run);
  }

  /**
   * Makes all parts, and the one child process.
   *
   * @throws StartException if the program {@code crij-pod} is not where this installation has it
   */
  static Wiring of(Config config, Cgroups cgroups, String kernel) throws IOException, StartException {
    ImageSettings imageSettings = imageSettings(config);
    SystemdCgroups systemd = NodeSystemd.of(config, cgroups);
    Path crijPod = crijPod();
    Spawn spawn = Spawn.start(crijPod, cgroups.create(CGROUP_ROOT + "/monitors").taskFiles());
    DefaultAppArmor.load(spawn);
    MonitorSockets monitors = new MonitorSockets();
    try {
      // Made now, so that a node without pods looks the same before its first pod and after its last.
      Files.createDirectories(networks(config));
      ImageStore store = ImageStore.open(images(config), imageSettings);
      return new Wiring(config, cgroups, systemd, kernel, crijPod, spawn, monitors, store);
    } catch (IOException | RuntimeException e) {
      monitors.close();
      spawn.close();
      throw e;
    }
  }

  /** Announced only when they work, for kubelet then sends such pods. */
  private static boolean userNamespaces(Spawn spawn, Config config) throws StartException {
    Optional<String> missing = UserNamespaceProbe.missing(spawn, crijPod(), images(config));
    missing.ifPresent(why -> LOG.info("Pods cannot have user namespaces on this node: {}", why));
    return missing.isEmpty();
  }

  private static ImageSettings imageSettings(Config config) throws StartException {
    Config.Registry registry = config.registry();
    RegistrySettings registries =
        RegistrySettings.defaults()
            .withHostsFolder(registry.configPath())
            .withRegistriesConf(registry.registriesConf())
            .withAuthFile(registry.authFile())
            .withProxies(proxies(registry));
    TrustSettings trust = new TrustSettings(config.images().policy(), config.images().policyDir());
    return new ImageSettings(registries, trust, config.images().maxParallelDownloads(), ImageLimits.DEFAULT, config.images().pinned());
  }

  private static ProxyRules proxies(Config.Registry registry) throws StartException {
    try {
      return ProxyRules.of(registry.httpProxy(), registry.httpsProxy(), registry.noProxy(), System.getenv());
    } catch (IllegalArgumentException e) {
      throw new StartException("the environment's " + e.getMessage() + "; correct it, or set the proxy in the configuration.", e);
    }
  }

  private static Path images(Config config) {
    return config.root().resolve("images");
  }

  private static StreamSettings streamSettings(Config.Streaming streaming) throws IOException {
    StreamTls tls =
        switch (streaming.tls()) {
          case OFF -> null;
          case SELF_SIGNED -> StreamTls.selfSigned(streaming.address());
          case FILES -> StreamTls.ofFiles(Objects.requireNonNull(streaming.cert()), Objects.requireNonNull(streaming.key()));
        };
    return new StreamSettings(new InetSocketAddress(streaming.address(), streaming.port()), tls, streaming.idleTimeout());
  }

  private static Path networks(Config config) {
    return config.root().resolve("networks");
  }

  /** The launcher says where the installation is. */
  private static Path crijPod() throws StartException {
    String home = System.getProperty("crij.home", "");
    Path program = Path.of(home, "libexec", "crij-pod");
    if (home.isEmpty() || !Files.isExecutable(program)) {
      throw new StartException("the program crij-pod is not at " + program + ": start crij by its launcher, bin/crij of a complete installation.");
    }
    return program;
  }

  /** Finds again what runs. When it returns, lists and statuses tell the truth; what was half done is finished behind it. */
  void recover() {
    recoverPods.run();
    recoverContainers.run();
    // Only now is it known which layers are stood on.
    store.reconcile();
    recoverPods.resume();
  }

  boolean isPulling() {
    return !images.underway().get().isEmpty();
  }

  /** Tells the clients of streams without an end that it is over; a server that stops would wait for them. */
  void endStreams() {
    events.close();
  }

  /** Takes NRI plugins in. After {@link #recover}, for they are told what there is; before calls, for they may adjust what those make. */
  void startPlugins() {
    if (plugins != null) {
      plugins.start(node);
    }
  }

  /**
   * Lets Prometheus come. After {@link #recover}: before it there are no pods, and a graph would show that they were gone. Pods matter more
   * than numbers: a node whose metrics cannot be served goes on without.
   */
  void serveMetrics() {
    if (nodeMetrics == null || metricsAddress == null) {
      return;
    }
    try {
      metricsServer = nodeMetrics.serve(metricsAddress);
    } catch (IOException e) {
      LOG.error("{}; the daemon goes on without metrics.", e.getMessage());
    }
  }

  RuntimeOperations runtime() {
    return runtime;
  }

  ImageOperations images() {
    return images;
  }

  NodeReports reports() {
    return reports;
  }

  Calls calls() {
    return calls;
  }

  /** Null if nobody wants any. */
  @Nullable Traces traces() {
    return traces;
  }

  /** Pods go on: their monitors are no children of ours. */
  @Override
  public void close() throws IOException {
    if (plugins != null) {
      plugins.close();
    }
    if (metricsServer != null) {
      metricsServer.close();
    }
    streams.close();
    measuring.close();
    if (traces != null) {
      traces.close();
    }
    monitors.close();
    spawn.close();
    store.confirm(Duration.ofSeconds(10));
  }
}
