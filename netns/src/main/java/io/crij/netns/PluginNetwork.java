package io.crij.netns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network that CNI plugins make. */
public final class PluginNetwork implements PodNetwork {
  private static final Logger LOG = LoggerFactory.getLogger(PluginNetwork.class);

  /**
   * How long a whole chain of plugins may take. ADD and DEL end below kubelet's deadlines for RunPodSandbox (4 min) and
   * StopPodSandbox (2 min).
   */
  public record Deadlines(Duration add, Duration delete, Duration other) {
    public static final Deadlines DEFAULT = new Deadlines(Duration.ofSeconds(90), Duration.ofSeconds(60), Duration.ofSeconds(10));
  }

  private final CniConfigFolder configs;
  private final CniPlugins plugins;
  private final AttachmentStore store;
  private final Deadlines deadlines;
  private final Path pins;
  private final PodLocks locks = new PodLocks();
  private final NetworkChanges changes = new NetworkChanges();

  /**
   * @param confDir where network configurations appear; the first valid one by name is used
   * @param binDirs where plugins are, in the order in which they are searched
   * @param records a durable folder of this daemon's own; made when first needed
   */
  public PluginNetwork(Path confDir, List<Path> binDirs, Path records, ProgramRunner runner, Deadlines deadlines) {
    this(confDir, binDirs, records, runner, deadlines, PodNetns.FOLDER);
  }

  PluginNetwork(Path confDir, List<Path> binDirs, Path records, ProgramRunner runner, Deadlines deadlines, Path pins) {
    this.configs = new CniConfigFolder(confDir);
    this.plugins = new CniPlugins(binDirs, runner);
    this.store = new AttachmentStore(records);
    this.deadlines = deadlines;
    this.pins = pins;
  }

  /** From now on this one hears of each plugin that ran, and no other. */
  public void listen(PluginTimes listener) {
    plugins.listen(listener);
  }

  @Override
  public NetworkResult add(NetworkRequest request) {
    ObjectNode capabilities = CniCapabilities.of(request);
    Map<String, String> arguments = arguments(request);
    try (PodLocks.Held held = locks.lock(request.sandbox())) {
      // What a call before this one left behind must be given back before its record is overwritten.
      disconnect(request.sandbox());
      CniConfig config = configNow("The network of pod " + podOf(request) + " cannot be set up");
      AttachmentRecord intent = new AttachmentRecord(config.source(), request.netns().toString(), arguments, capabilities, null);
      store.intend(request.sandbox(), intent);
      try {
        ObjectNode result = new CniNetwork(config, plugins).add(attachment(request.sandbox(), intent, intent.netns()), deadlines.add());
        if (CniResult.podIps(result).isEmpty()) {
          throw new CniException(config.name(), CniException.NO_ANSWER, "its plugins gave the pod no address", "", false);
        }
        store.complete(request.sandbox(), intent.withResult(result));
        return networkResult(config, result);
      } catch (CniException | CriException e) {
        throw takenBack(request, config, e);
      }
    }
  }

  @Override
  public void remove(ObjectId sandbox) {
    try (PodLocks.Held held = locks.lock(sandbox)) {
      disconnect(sandbox);
    }
  }

  @Override
  public void check(ObjectId sandbox) {
    try (PodLocks.Held held = locks.lock(sandbox)) {
      if (!(store.read(sandbox) instanceof AttachmentStore.Found.Attached(AttachmentRecord record)) || record.result() == null) {
        throw CriException.notFound("Sandbox " + sandbox + " is not connected to a network.");
      }
      try {
        new CniNetwork(recorded(sandbox, record), plugins)
            .check(attachment(sandbox, record, record.netns()), record.result(), deadlines.other());
      } catch (CniException e) {
        throw failed("The network of sandbox " + sandbox + " is not as it was set up", e);
      }
    }
  }

  @Override
  public Optional<NetworkResult> result(ObjectId sandbox) {
    if (store.read(sandbox) instanceof AttachmentStore.Found.Attached(AttachmentRecord record)) {
      ObjectNode result = record.result();
      return result == null ? Optional.empty() : Optional.of(networkResult(recorded(sandbox, record), result));
    }
    return Optional.empty();
  }

  @Override
  public void gc(Set<ObjectId> live) {
    List<ObjectId> valid = new ArrayList<>();
    for (ObjectId sandbox : store.sandboxes()) {
      if (live.contains(sandbox)) {
        valid.add(sandbox);
        continue;
      }
      try {
        remove(sandbox);
      } catch (CriException e) {
        // It may still hold an address: its plugins must not lose sight of it before DEL succeeds.
        valid.add(sandbox);
        LOG.warn("A pod that is gone stays connected: {}", e.getMessage());
      }
    }
    CniConfig config = configs.look().config();
    if (config != null) {
      Optional<Path> foreign = PodNetns.firstOfOthers(pins, valid);
      if (foreign.isPresent()) {
        // The plugins would free the addresses of its pods: they are told of ours alone.
        LOG.info("The network '{}' is not cleaned of leftovers: another daemon of this node has {}.", config.name(), foreign.get());
        return;
      }
      try {
        new CniNetwork(config, plugins).collectGarbage(valid, deadlines.other());
      } catch (CniException e) {
        LOG.warn("The network '{}' was not cleaned of leftovers: {}.", config.name(), e.getMessage());
      }
    }
  }

  @Override
  public NetworkStatus status() {
    NetworkStatus now = statusNow();
    changes.toTell(now).ifPresent(now.ready() ? LOG::info : LOG::warn);
    return now;
  }

  /** Whether there is a configuration that can be used, with its plugins; none of these is run. */
  public static NetworkStatus look(Path confDir, List<Path> binDirs) {
    CniPlugins plugins =
        new CniPlugins(
            binDirs,
            program -> {
              throw new IOException("who looks runs nothing");
            });
    CniConfigFolder.Contents contents = new CniConfigFolder(confDir).look();
    CniConfig config = contents.config();
    return config == null ? NetworkStatus.notReady(contents.problem()) : withPlugins(config, plugins);
  }

  private static NetworkStatus withPlugins(CniConfig config, CniPlugins plugins) {
    List<String> missing = new CniNetwork(config, plugins).missingPlugins();
    return missing.isEmpty()
        ? NetworkStatus.READY
        : NetworkStatus.notReady(
            "The network '" + config.name() + "' needs the plugins " + String.join(", ", missing) + ", which are in none of the folders " + plugins.folderNames() + ".");
  }

  private NetworkStatus statusNow() {
    CniConfigFolder.Contents contents = configs.look();
    CniConfig config = contents.config();
    if (config == null) {
      return NetworkStatus.notReady(contents.problem());
    }
    CniNetwork network = new CniNetwork(config, plugins);
    NetworkStatus files = withPlugins(config, plugins);
    if (!files.ready()) {
      return files;
    }
    try {
      network.status(deadlines.other());
      return NetworkStatus.READY;
    } catch (CniException e) {
      return NetworkStatus.notReady("The network '" + config.name() + "' is not ready: " + e.getMessage() + ".");
    }
  }

  /** DEL with what ADD was called with; nothing if there was no ADD. */
  private void disconnect(ObjectId sandbox) {
    switch (store.read(sandbox)) {
      case AttachmentStore.Found.Nothing nothing -> {}
      case AttachmentStore.Found.Attached(AttachmentRecord record) -> {
        delete(sandbox, recorded(sandbox, record), record);
        store.delete(sandbox);
      }
      case AttachmentStore.Found.Torn(String why) -> {
        LOG.warn("The network record of sandbox {} is lost ({}): it is disconnected by the present configuration.", sandbox, why);
        CniConfig config = configNow("The network of sandbox " + sandbox + " cannot be taken down");
        Map<String, String> arguments = Map.of("IgnoreUnknown", "1", "K8S_POD_INFRA_CONTAINER_ID", sandbox.hex());
        delete(
            sandbox,
            config,
            new AttachmentRecord(
                config.source(), PodNetns.path(sandbox).toString(), arguments, Json.FOREIGN.createObjectNode(), null));
        store.quarantine(sandbox, why);
      }
    }
  }

  private void delete(ObjectId sandbox, CniConfig config, AttachmentRecord record) {
    // Plugins free addresses without a namespace too, and fail on a path that is none.
    String netns = PodNetns.isPinned(Path.of(record.netns())) ? record.netns() : "";
    try {
      new CniNetwork(config, plugins).delete(attachment(sandbox, record, netns), record.result(), deadlines.delete());
    } catch (CniException e) {
      throw failed("The network '" + config.name() + "' of sandbox " + sandbox + " cannot be taken down", e);
    }
  }

  /** The failure of ADD, after DEL. If that fails too its record stays, and {@link #remove} tries again. */
  private CriException takenBack(NetworkRequest request, CniConfig config, Exception why) {
    CriException failure =
        why instanceof CniException cni
            ? failed("The network '" + config.name() + "' of pod " + podOf(request) + " cannot be set up", cni)
            : (CriException) why;
    try {
      disconnect(request.sandbox());
    } catch (CriException e) {
      failure.addSuppressed(e);
      LOG.warn("A pod that could not be connected holds its network until it is removed: {}", e.getMessage());
    }
    return failure;
  }

  private CniConfig configNow(String failing) {
    CniConfigFolder.Contents contents = configs.look();
    CniConfig config = contents.config();
    if (config == null) {
      throw new CriException(ErrorCode.UNAVAILABLE, failing + ": " + contents.problem());
    }
    return config;
  }

  private static CniConfig recorded(ObjectId sandbox, AttachmentRecord record) {
    try {
      return CniConfig.parse(record.config());
    } catch (CniConfig.InvalidException e) {
      throw CriException.internal(
          "The network record of sandbox " + sandbox + " has a configuration that this daemon does not know: " + e.getMessage() + ".", e);
    }
  }

  private static CriException failed(String what, CniException e) {
    ErrorCode code =
        e.timedOut() ? ErrorCode.DEADLINE_EXCEEDED : e.code() == CniException.TRY_AGAIN ? ErrorCode.UNAVAILABLE : ErrorCode.INTERNAL;
    return new CriException(code, what + ": " + e.getMessage() + ".", e);
  }

  private static CniNetwork.Attachment attachment(ObjectId sandbox, AttachmentRecord record, String netns) {
    return new CniNetwork.Attachment(sandbox, netns, record.arguments(), record.capabilities());
  }

  private static NetworkResult networkResult(CniConfig config, ObjectNode result) {
    return new NetworkResult(CniResult.podIps(result), config.name(), result.toString());
  }

  private static String podOf(NetworkRequest request) {
    return request.podNamespace() + "/" + request.podName();
  }

  private static Map<String, String> arguments(NetworkRequest request) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("IgnoreUnknown", "1");
    given.put("K8S_POD_NAMESPACE", request.podNamespace());
    given.put("K8S_POD_NAME", request.podName());
    given.put("K8S_POD_INFRA_CONTAINER_ID", request.sandbox().hex());
    given.put("K8S_POD_UID", request.podUid());
    Map<String, String> arguments = new LinkedHashMap<>();
    given.forEach(
        (name, text) -> {
          if (text.chars().anyMatch(c -> c == ';' || c < ' ')) {
            // A name with a separator would become another argument for the plugins.
            throw CriException.invalid(
                "'" + Printable.plain(text) + "' cannot be given to network plugins as " + name + ": it has a ';' or a control character.");
          }
          arguments.put(name, text);
        });
    return arguments;
  }
}
