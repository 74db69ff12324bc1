package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.helper.ExitListener;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the monitors of pods: exits are passed on to the containers, and the end of a monitor is, by decision, the end of
 * its pod. A connection that broke while the monitor lives is made anew.
 */
final class MonitorWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MonitorWatch.class);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final long EXIT_SECONDS = 5;

  private final SandboxHost host;
  private final PodContainers containers;

  MonitorWatch(SandboxHost host, PodContainers containers) {
    this.host = host;
    this.containers = containers;
  }

  /** From now on the pod's exits and the end of its monitor are heard of. */
  void begin(Sandbox sandbox, Monitor monitor) {
    monitor.watch(
        new ExitListener() {
          @Override
          public void exited(long sequence, ObjectId container, int exitCode, long finishedAtNs) {
            containers.exited(monitor, sequence, container, exitCode, finishedAtNs);
          }

          @Override
          public void monitorGone(ObjectId pod) {
            // The thread belongs to the connection; what follows may take long.
            host.threads().newThread(() -> lost(sandbox, monitor)).start();
          }
        });
  }

  /** Gets the connection back, or finds that there is nobody to connect to. */
  void lost(Sandbox sandbox, @Nullable Monitor broken) {
    Duration pause = Duration.ofMillis(100);
    while (sandbox.record().state() == SandboxState.READY && sandbox.monitor() == broken) {
      try {
        begin(sandbox, host.monitors().connect(sandbox, null));
        if (broken != null) {
          broken.close();
        }
        return;
      } catch (MonitorGone e) {
        if (hasEnded(sandbox.live())) {
          died(sandbox);
          return;
        }
        // It lives: this daemon is going down and has closed its sockets, say. A pod is never killed for that.
      } catch (CriException e) {
        LOG.warn("The monitor of sandbox {} does not answer; its pod's calls fail until it does: {}", sandbox.id(), e.getMessage());
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
    }
    if (sandbox.record().state() == SandboxState.CREATING && sandbox.monitor() == broken) {
      sandbox.disconnected();
    }
  }

  /** The process is gone: the pod is over. Its kernel objects are taken back by Stop and Remove, as always. */
  private void died(Sandbox sandbox) {
    boolean[] over = {false};
    sandbox.exclusively(
        "marked as dead",
        PATIENCE,
        () -> {
          sandbox.disconnected();
          if (sandbox.record().state() == SandboxState.READY) {
            LOG.error("The monitor of sandbox {} is gone: its pod is killed and not ready any more", sandbox.id());
            bury(sandbox);
            over[0] = true;
          }
        });
    if (over[0]) {
      containers.podDied(sandbox.id());
    }
  }

  private void bury(Sandbox sandbox) {
    try {
      host.cgroups().kill(sandbox.record());
    } catch (CriException e) {
      LOG.warn("Not everything in the cgroup of sandbox {} could be killed: {}", sandbox.id(), e.getMessage());
    }
    host.store().note(sandbox, sandbox.record().withState(SandboxState.NOTREADY));
  }

  /** True if the process is gone; a monitor closes its sockets just before it ends, so it is given a moment. */
  private static boolean hasEnded(@Nullable LiveRecord live) {
    if (live == null) {
      return true;
    }
    if (ProcessId.lives(live.monitorPid(), live.monitorStartTicks())) {
      ProcessHandle.of(live.monitorPid())
          .ifPresent(process -> process.onExit().completeOnTimeout(process, EXIT_SECONDS, TimeUnit.SECONDS).join());
    }
    return !ProcessId.lives(live.monitorPid(), live.monitorStartTicks());
  }
}
