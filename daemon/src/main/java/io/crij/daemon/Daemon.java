package io.crij.daemon;

import io.crij.cgroups.Cgroups;
import io.crij.core.CriException;
import io.crij.daemon.config.Config;
import io.crij.daemon.host.HeapReturn;
import io.crij.daemon.host.KernelFacts;
import io.crij.daemon.host.KernelFloor;
import io.crij.daemon.host.OwnedFolder;
import io.crij.daemon.host.ServiceManager;
import io.crij.daemon.host.StartException;
import io.crij.daemon.host.Watchdog;
import io.crij.daemon.rpc.CriServer;
import io.crij.daemon.rpc.DaemonClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One daemon from start to end: checks the node, takes its folders, finds again what an earlier daemon left running, and
 * only then opens the socket. Its end leaves all pods running.
 */
public final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** Below the 10 seconds and more that service managers give before they kill. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ServiceManager manager = ServiceManager.of(System.getenv(), ProcessHandle.current().pid());

  private Path socket = Path.of("/");

  private Daemon() {}

  /**
   * Returns once the socket accepts calls.
   *
   * @throws StartException if the node is not fit, the folders are another daemon's, or something in them cannot be used
   */
  public static Daemon start(Config config) throws StartException {
    Daemon daemon = new Daemon();
    try {
      daemon.bringUp(config);
      return daemon;
    } catch (CriException | IOException e) {
      daemon.closeAll();
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (StartException | RuntimeException e) {
      daemon.closeAll();
      throw e;
    }
  }

  /** Returns when a signal (SIGTERM, SIGINT) has ended the daemon. */
  public void serve() throws InterruptedException {
    // A hook that halts: the JVM's own answer to SIGTERM is exit code 143, which a service manager takes for a failure.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.info("stopping; pods keep running");
                  manager.stopping();
                  closeAll();
                  ended.countDown();
                  Runtime.getRuntime().halt(0);
                },
                "stop"));
    // Not before the hook: who is told that the daemon is ready may stop it at once.
    manager.ready("serving on " + socket);
    manager.watchdog().ifPresent(this::watch);
    ended.await();
  }

  private void bringUp(Config config) throws StartException, IOException {
    long began = System.nanoTime();
    KernelFacts kernel = KernelFacts.ofThisHost();
    Cgroups cgroups = checkNode(kernel);
    // Only root looks into either; the run folder can be passed through, for the socket stands in it.
    open.push(OwnedFolder.take(config.root(), "rwx------"));
    open.push(OwnedFolder.take(config.run(), "rwx--x--x"));
    Wiring wiring = open(Wiring.of(config, cgroups, kernel.release()));
    wiring.recover();
    wiring.startPlugins();
    wiring.serveMetrics();
    CriServer server = CriServer.listen(config.socket(), config.socketGids(), wiring.runtime(), wiring.images(), wiring.reports(), wiring.calls(), wiring.traces());
    open.push(
        () -> {
          wiring.endStreams();
          server.stop(PATIENCE);
        });
    open.push(HeapReturn.begin(wiring::isPulling));
    socket = config.socket();
    LOG.info("crij {} serves on {} after {} ms", BuildVersion.text(), config.socket(), (System.nanoTime() - began) / 1_000_000);
  }

  private synchronized void watch(Duration period) {
    open.push(Watchdog.begin(manager, period, this::checkFromOutside));
  }

  private void checkFromOutside(Duration patience) throws IOException {
    try (DaemonClient client = DaemonClient.of(socket)) {
      client.check(patience);
    }
  }

  private static Cgroups checkNode(KernelFacts kernel) throws StartException, IOException {
    if (!Files.readString(Path.of("/proc/self/status")).contains("\nUid:\t0\t0\t")) {
      throw new StartException("it makes namespaces, mounts and cgroups, so it must run as root.");
    }
    List<String> missing = KernelFloor.missing(kernel);
    if (!missing.isEmpty()) {
      throw new StartException("this kernel lacks what containers need: " + String.join(", ", missing) + ".");
    }
    Cgroups cgroups = Cgroups.detect();
    if (!cgroups.missingControllers().isEmpty()) {
      throw new StartException("these cgroup controllers are not mounted or enabled on this node: " + cgroups.missingControllers() + ".");
    }
    return cgroups;
  }

  private <T extends AutoCloseable> T open(T part) {
    open.push(part);
    return part;
  }

  /** The last opened first, each of them whatever happens to the others. */
  private synchronized void closeAll() {
    while (!open.isEmpty()) {
      AutoCloseable part = open.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("a part did not close cleanly: {}", e.toString());
      }
    }
  }
}
