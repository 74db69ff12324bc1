package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.JoinedWork;
import io.crij.helper.LaunchFailure;
import io.crij.helper.MonitorGone;
import io.crij.helper.syscall.Errno;
import io.crij.sandbox.ProcessId;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends running containers. A stop has a thread of its own: a client that goes away does not call it off, and one that asks
 * again joins it. The stop signal is sent once (programs count them); a shorter deadline of a later request holds.
 */
final class Stops {
  private static final Logger LOG = LoggerFactory.getLogger(Stops.class);

  /** How long killed processes may take to be gone: longer means uninterruptible sleep. */
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

  /** How long the monitor may take to report the end of what was killed: as long as CRI-O waits for its exit file. */
  private static final Duration REPORT_PATIENCE = Duration.ofSeconds(5);

  /** A start that is about to succeed does; kubelet and its like stop nothing that it has not given up. */
  private static final Duration START_PATIENCE = Duration.ofSeconds(2);

  /** Above this the sum with the clock could overflow. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final ContainerHost host;

  Stops(ContainerHost host) {
    this.host = host;
  }

  /**
   * Returns when the container does not run any more: at once if it never did.
   *
   * @param grace between the stop signal and the kill; none means that there is no signal before the kill
   * @throws CriException DEADLINE_EXCEEDED if even the kill does not end it
   */
  void stop(Container container, Duration grace) {
    if (container.state() == ContainerState.CREATED) {
      // A start may be under way; whoever stops means what it starts. There is no program yet that could end by itself.
      container.awaitLaunch("stopped", START_PATIENCE);
    }
    Stopping stopping;
    boolean begins = false;
    container.lock().lock();
    try {
      if (container.state() == ContainerState.CREATED || container.state() == ContainerState.EXITED) {
        return;
      }
      long killAt = host.stopClock().now() + min(grace, LONGEST).toNanos();
      Stopping before = container.stopping();
      if (before == null) {
        stopping = new Stopping(killAt);
        container.stopping(stopping);
        begins = true;
      } else {
        stopping = before;
        if (stopping.shorten(killAt)) {
          container.changed().signalAll();
        }
      }
    } finally {
      container.lock().unlock();
    }
    if (begins) {
      boolean signal = !grace.isZero();
      host.threads().newThread(() -> run(container, stopping, signal)).start();
    }
    JoinedWork.await("the stop of container " + container.id(), stopping.done());
    host.hooks().afterEnd(container.id());
    host.plugins().stopped(container);
  }

  private void run(Container container, Stopping stopping, boolean signal) {
    try {
      if (signal) {
        signal(container);
        awaitExit(container, stopping);
      }
      kill(container);
      end(container, stopping);
      stopping.done().complete(null);
    } catch (Throwable e) {
      // Throwable: whoever waits must hear of an Error too, else it waits for ever.
      end(container, stopping);
      stopping.done().completeExceptionally(e);
    }
  }

  /** From here on a request begins a new stop. */
  private static void end(Container container, Stopping stopping) {
    container.lock().lock();
    try {
      if (container.stopping() == stopping) {
        container.stopping(null);
      }
    } finally {
      container.lock().unlock();
    }
  }

  private void signal(Container container) {
    int number = container.record().stopSignalNumber();
    try {
      host.pods().ready(container.sandbox().hex()).monitor().kill(container.id(), number);
    } catch (LaunchFailure e) {
      if (e.errno() != Errno.ESRCH) {
        LOG.warn("Container {} could not be sent signal {}: {}", container.id(), number, e.getMessage());
      }
    } catch (CriException | MonitorGone e) {
      // Its pod is being stopped or has no monitor: the kill needs neither.
      LOG.debug("Container {} was not sent signal {}: {}", container.id(), number, e.getMessage());
    }
  }

  /** Until it ended or the deadline, which may become shorter meanwhile. */
  private void awaitExit(Container container, Stopping stopping) throws InterruptedException {
    container.lock().lock();
    try {
      while (runs(container)) {
        long left = stopping.killAtNanos() - host.stopClock().now();
        if (left <= 0) {
          return;
        }
        host.stopClock().await(container.changed(), left);
      }
    } finally {
      container.lock().unlock();
    }
  }

  private void kill(Container container) throws InterruptedException {
    if (!runs(container)) {
      return;
    }
    host.cgroups().killAll(container.record().cgroup(), KILL_PATIENCE);
    if (container.state() == ContainerState.UNKNOWN) {
      host.store().live(container, life -> life.lost(host.clock().now(), "It was killed without anybody who saw how it ended."));
      return;
    }
    long end = host.stopClock().now() + REPORT_PATIENCE.toNanos();
    container.lock().lock();
    try {
      while (runs(container)) {
        long left = end - host.stopClock().now();
        if (left <= 0) {
          endUnreported(container);
          return;
        }
        host.stopClock().await(container.changed(), left);
      }
    } finally {
      container.lock().unlock();
    }
  }

  /** For a monitor that hangs: its control group is empty, so that it needs nobody to say that it ended. */
  private void endUnreported(Container container) {
    if (ProcessId.lives(container.life().pid(), container.life().startTicks())) {
      throw new CriException(
          ErrorCode.DEADLINE_EXCEEDED,
          "Container " + container.id() + " was killed, and its first process, " + container.life().pid()
              + ", lives on outside of its control group; try again.");
    }
    LOG.warn("Container {} was killed, and its monitor did not report its end within {} s", container.id(), REPORT_PATIENCE.toSeconds());
    host.store().live(container, life -> life.lost(host.clock().now(), "It was killed, and the pod's monitor did not report how it ended."));
  }

  private static boolean runs(Container container) {
    return container.state() == ContainerState.RUNNING || container.state() == ContainerState.UNKNOWN;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
