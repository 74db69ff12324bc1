package io.crij.nri;

import io.crij.core.CriException;
import io.crij.nri.api.Container;
import io.crij.nri.api.ContainerState;
import io.crij.nri.api.ContainerUpdate;
import io.crij.nri.api.PodSandbox;
import io.crij.nri.api.UpdateContainersRequest;
import io.crij.nri.api.UpdateContainersResponse;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes plugins in, from the first to the last, and hands events on to them. */
public final class PluginRuntime implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginRuntime.class);

  /** When there are no descriptors left, say: nobody is helped by trying at once. */
  private static final Duration AFTER_FAILURE = Duration.ofMillis(100);

  /** Between two starts of an installed plugin; one that lived longer is not taken for one that cannot. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** For an installed plugin to be killed. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final NriSettings settings;
  private final PluginLauncher launcher;
  private final ThreadFactory threads = Thread.ofVirtual().name("nri-", 0).factory();
  private final AtomicReference<Node> node = new AtomicReference<>();
  private final Plugins plugins;
  private final PluginWishes wishes = new PluginWishes(node);
  private final PluginHooks hooks;
  private final Registration registration;
  private final Duration restartPause;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Thread> keepers = new ArrayList<>();
  private volatile @Nullable PluginSocket socket;

  /** @param runtimeVersion ours, for plugins that ask */
  public PluginRuntime(NriSettings settings, String runtimeVersion, PluginLauncher launcher) {
    this(settings, runtimeVersion, launcher, Duration.ofSeconds(1));
  }

  PluginRuntime(NriSettings settings, String runtimeVersion, PluginLauncher launcher, Duration restartPause) {
    this.restartPause = restartPause;
    this.settings = settings;
    this.launcher = launcher;
    this.plugins = new Plugins(settings);
    this.hooks = new PluginHooks(plugins, wishes);
    this.registration = new Registration(settings, runtimeVersion, threads);
  }

  /** From now on this one hears of answers, and no other. */
  public void listen(AnswerTimes times) {
    hooks.listen(times);
  }

  /** For those who make pods and containers. */
  public Nri hooks() {
    return hooks;
  }

  /**
   * Starts the installed plugins, and returns when each of them is synchronized or given up; then listens for others. What
   * cannot be started is logged: pods do not wait for it, unless the configuration says so.
   */
  public void start(Node newNode) {
    node.set(newNode);
    List<CompletableFuture<Void>> tried = new ArrayList<>();
    for (InstalledPlugins.Installed installed : InstalledPlugins.in(settings)) {
      CompletableFuture<Void> first = new CompletableFuture<>();
      tried.add(first);
      Thread keeper = threads.newThread(() -> keep(installed, first));
      keepers.add(keeper);
      keeper.start();
    }
    tried.forEach(CompletableFuture::join);
    try {
      PluginSocket listening = PluginSocket.listen(settings.socket());
      socket = listening;
      threads.newThread(() -> accept(listening)).start();
      LOG.info("NRI plugins can connect to {}", settings.socket());
    } catch (IOException e) {
      LOG.error("No NRI plugin can connect: {}; free {} and start the runtime again, or set nri.socket_path", e.getMessage(), settings.socket());
    }
  }

  /** Starts it again when it ends, after a pause that grows while it does not live long. */
  private void keep(InstalledPlugins.Installed installed, CompletableFuture<Void> tried) {
    Duration pause = restartPause;
    try {
      do {
        long began = System.nanoTime();
        launchAndWait(installed, () -> tried.complete(null));
        boolean lived = System.nanoTime() - began > LONGEST_PAUSE.toNanos();
        pause = lived ? restartPause : pause;
        if (closed.getCount() > 0) {
          LOG.warn("NRI plugin {} is started again in {} ms", installed.name(), pause.toMillis());
        }
        Duration next = pause.multipliedBy(2);
        pause = next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE;
      } while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      tried.complete(null);
    }
  }

  /** Returns when the plugin is gone. */
  private void launchAndWait(InstalledPlugins.Installed installed, Runnable whenTried) throws InterruptedException {
    Map<String, String> environment =
        Map.of(
            "NRI_PLUGIN_NAME", installed.name().base(),
            "NRI_PLUGIN_IDX", installed.name().index(),
            "NRI_PLUGIN_SOCKET", Integer.toString(PluginLauncher.SOCKET_FD));
    try (PluginLauncher.Launched process = launcher.launch(installed.program(), environment)) {
      CountDownLatch gone = new CountDownLatch(1);
      boolean taken = takeIn(process.channel(), installed.name(), installed.configuration(), gone::countDown);
      whenTried.run();
      if (taken) {
        gone.await();
      }
    } catch (IOException e) {
      LOG.error("NRI plugin {} cannot be started: {}", installed.program(), e.getMessage());
      whenTried.run();
    }
  }

  /** Each connection on a thread of its own: one that says nothing keeps nobody else from registering. */
  private void accept(PluginSocket from) {
    while (from.isOpen()) {
      try {
        SocketChannel channel = from.accept();
        threads.newThread(() -> takeIn(channel, null, "", () -> {})).start();
      } catch (IOException e) {
        if (from.isOpen()) {
          LOG.warn("A connection of an NRI plugin was not taken: {}", e.getMessage());
          LockSupport.parkNanos(AFTER_FAILURE.toNanos());
        }
      }
    }
  }

  /** @return whether the plugin gets events from here on */
  private boolean takeIn(SocketChannel channel, @Nullable PluginName known, String configuration, Runnable afterEnd) {
    AtomicReference<Plugin> taken = new AtomicReference<>();
    try {
      Plugin plugin = registration.run(channel, known, configuration, this::unasked, why -> ended(taken.get(), why, afterEnd));
      taken.set(plugin);
      synchronize(plugin);
      return true;
    } catch (IOException | CriException e) {
      LOG.error("NRI plugin {} was not taken in: {}", taken.get() == null ? known == null ? "of a new connection" : known : taken.get(), e.getMessage());
      return false;
    }
  }

  private void ended(@Nullable Plugin plugin, String why, Runnable afterEnd) {
    if (plugin != null) {
      LOG.info("NRI plugin {} is gone: {}", plugin, why);
      plugins.leave(plugin);
    }
    threads.newThread(afterEnd).start();
  }

  private void synchronize(Plugin plugin) throws IOException {
    Plugins.InTheMaking making = plugins.join(plugin);
    boolean done = false;
    try {
      Map<String, PodSandbox> pods = new LinkedHashMap<>();
      making.pods().forEach(pod -> pods.put(pod.id(), pod.view().get()));
      node.get().pods().forEach(pod -> pods.put(pod.getId(), pod));
      Map<String, Container> containers = new LinkedHashMap<>();
      making.containers().forEach(container -> containers.put(container.id(), container.container().get()));
      node.get().containers().stream().filter(PluginRuntime::lives).forEach(container -> containers.put(container.getId(), container));
      List<ContainerUpdate> updates =
          Synchronization.run(plugin, List.copyOf(pods.values()), List.copyOf(containers.values()), settings.registration());
      updates.forEach(update -> KnownFields.check(update, plugin.toString()));
      LOG.info("NRI plugin {} is registered and knows of {} pods and {} containers", plugin, pods.size(), containers.size());
      plugin.synchronizationIsOver();
      done = true;
      wishes.update(updates);
      if (plugin.isGone()) {
        plugins.leave(plugin); // its end may have come before it was known here
      }
    } finally {
      if (!done) {
        plugins.leave(plugin);
      }
    }
  }

  private static boolean lives(Container container) {
    return container.getState() == ContainerState.CONTAINER_CREATED || container.getState() == ContainerState.CONTAINER_RUNNING;
  }

  private UpdateContainersResponse unasked(UpdateContainersRequest request) {
    KnownFields.check(request, "that asks for updates");
    request.getEvictList().forEach(eviction -> wishes.evict(eviction.getContainerId(), eviction.getReason()));
    return UpdateContainersResponse.newBuilder().addAllFailed(wishes.update(request.getUpdateList())).build();
  }

  /** Lets all plugins go, and ends those that were started here. */
  @Override
  public void close() throws IOException {
    PluginSocket open = socket;
    if (open != null) {
      open.close();
    }
    closed.countDown();
    plugins.dropAll();
    try {
      for (Thread keeper : keepers) {
        keeper.join(PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
