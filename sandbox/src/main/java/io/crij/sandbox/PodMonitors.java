package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.core.RecordFile;
import io.crij.core.RecordFile.Durability;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorConnector;
import io.crij.helper.MonitorGone;
import io.crij.helper.MonitorStarter;
import io.crij.helper.syscall.TreeRemoval;
import io.crij.netns.PodNetns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the monitors of pods, finds them again and ends them, with the run folder that goes with each. */
final class PodMonitors {
  private static final Logger LOG = LoggerFactory.getLogger(PodMonitors.class);

  private final Folders folders;
  private final MonitorStarter starter;
  private final MonitorConnector connector;
  private final String bootId;

  PodMonitors(Folders folders, MonitorStarter starter, MonitorConnector connector, String bootId) {
    this.folders = folders;
    this.starter = starter;
    this.connector = connector;
    this.bootId = bootId;
  }

  /** Makes the run folder and the monitor, and connects to it. */
  Monitor start(Sandbox sandbox) throws IOException {
    Path folder = folders.pod(sandbox.id());
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    MonitorStarter.MonitorBirth birth = starter.startMonitor(sandbox.id(), folder);
    LiveRecord live = new LiveRecord(sandbox.id().hex(), birth.pid(), birth.startTicks(), bootId);
    sandbox.born(live);
    RecordFile.write(
        folders.live(sandbox.id()), LiveRecord.FORMAT, LiveRecord.VERSION, live, Durability.PROCESS_CRASH);
    Monitor monitor = connector.connect(sandbox.id(), folder);
    sandbox.connected(monitor, live);
    return monitor;
  }

  /** What an earlier daemon wrote about the pod's monitor, if it is of this boot and the process still runs. */
  Optional<LiveRecord> living(ObjectId id) {
    try {
      return RecordFile.read(folders.live(id), LiveRecord.FORMAT, LiveRecord.VERSION, LiveRecord.class)
          .filter(live -> live.id().equals(id.hex()) && live.bootId().equals(bootId))
          .filter(live -> ProcessId.lives(live.monitorPid(), live.monitorStartTicks()));
    } catch (IOException e) {
      LOG.warn("What runs for sandbox {} is not known, so its control socket is asked: {}", id, e.getMessage());
      return ask(id);
    }
  }

  private Optional<LiveRecord> ask(ObjectId id) {
    if (!Files.exists(folders.pod(id).resolve("sock"))) {
      return Optional.empty();
    }
    try {
      Monitor monitor = connector.connect(id, folders.pod(id));
      try {
        int pid = monitor.hello().monitorPid();
        return ProcessId.startTicks(pid).map(ticks -> new LiveRecord(id.hex(), pid, ticks, bootId));
      } finally {
        monitor.close();
      }
    } catch (MonitorGone | LaunchFailure | CriException e) {
      LOG.warn("Nobody answers for sandbox {}: {}", id, e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * A new connection to a monitor that runs.
   *
   * @throws MonitorGone if nobody listens
   */
  Monitor connect(Sandbox sandbox, @Nullable LiveRecord live) {
    Monitor monitor = connector.connect(sandbox.id(), folders.pod(sandbox.id()));
    sandbox.connected(monitor, live);
    return monitor;
  }

  /**
   * Ends the monitor with whatever runs below it, and removes what it leaves: the pin of the network namespace and the run
   * folder. Idempotent; works for a monitor that is gone, and for one that does not answer.
   */
  void end(Sandbox sandbox) throws IOException {
    shutDown(sandbox);
    LiveRecord live = sandbox.live();
    if (live == null) {
      live = living(sandbox.id()).orElse(null);
    }
    if (live != null) {
      ProcessId.kill(live.monitorPid(), live.monitorStartTicks());
    }
    PodNetns.removeStale(folders.netnsPin(sandbox.id()));
    TreeRemoval.remove(folders.pod(sandbox.id()));
    sandbox.ended();
  }

  /** Which pod a run folder without a record was for, as far as the folder says. */
  Optional<ObjectId> owner(Path folder) {
    try {
      return RecordFile.read(folder.resolve("live.json"), LiveRecord.FORMAT, LiveRecord.VERSION, LiveRecord.class)
          .map(live -> new ObjectId(live.id()));
    } catch (IOException | CriException e) {
      LOG.warn("The run folder {} cannot say which pod it was for: {}", folder, e.getMessage());
      return Optional.empty();
    }
  }

  /** Ends the monitor of a pod that no record knows of, and removes what it leaves. */
  void endOrphan(ObjectId id) throws IOException {
    Path folder = folders.pod(id);
    Optional<LiveRecord> live = living(id);
    if (Files.exists(folder.resolve("sock"))) {
      shutDown(id, null);
    }
    live.ifPresent(found -> ProcessId.kill(found.monitorPid(), found.monitorStartTicks()));
    removeLeftover(folder);
  }

  /** Removes a run folder, and the pin that goes with it. */
  void removeLeftover(Path folder) throws IOException {
    PodNetns.removeStale(folders.netns().resolve("crij-" + folder.getFileName()));
    TreeRemoval.remove(folder);
  }

  private void shutDown(Sandbox sandbox) {
    Monitor monitor = sandbox.monitor();
    try {
      if (monitor != null || Files.exists(folders.pod(sandbox.id()).resolve("sock"))) {
        shutDown(sandbox.id(), monitor);
      }
    } finally {
      sandbox.disconnected();
    }
  }

  private void shutDown(ObjectId id, @Nullable Monitor connected) {
    Monitor monitor = connected;
    try {
      if (monitor == null) {
        monitor = connector.connect(id, folders.pod(id));
      }
      monitor.shutdown();
    } catch (MonitorGone e) {
      LOG.debug("The monitor of sandbox {} was gone already", id);
    } catch (LaunchFailure | CriException e) {
      LOG.warn("The monitor of sandbox {} does not end when asked and is killed: {}", id, e.getMessage());
    } finally {
      if (monitor != null) {
        monitor.close();
      }
    }
  }
}
