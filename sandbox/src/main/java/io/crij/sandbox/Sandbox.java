package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.PodSandboxConfig;
import io.crij.helper.Monitor;
import io.crij.nri.EndTold;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A pod in memory. Its fields are read by anyone at any time; those who change the pod take turns, pod by pod, so that one
 * that hangs holds up nobody else's.
 */
final class Sandbox {
  private final ObjectId id;
  private volatile PodSandboxConfig config;
  private final PodName name;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final EndTold endTold = new EndTold();
  private volatile SandboxRecord record;
  private volatile @Nullable Monitor monitor;
  private volatile @Nullable LiveRecord live;
  private volatile @Nullable Stage stage;
  private volatile boolean stopping;

  Sandbox(SandboxRecord record, PodSandboxConfig config) {
    this.id = record.objectId();
    this.config = config;
    this.name = PodName.of(config.getMetadata());
    this.record = record;
  }

  ObjectId id() {
    return id;
  }

  PodSandboxConfig config() {
    return config;
  }

  /** Takes over a configuration with other resources; name and namespaces stay. */
  void configure(PodSandboxConfig next) {
    config = next;
  }

  PodName name() {
    return name;
  }

  EndTold endTold() {
    return endTold;
  }

  SandboxRecord record() {
    return record;
  }

  NamespaceModes modes() {
    return NamespaceModes.of(config);
  }

  /** False for a pod in the making: nobody was told its id yet. */
  boolean visible() {
    return record.state() != SandboxState.CREATING;
  }

  /** Shows a new record; {@link SandboxStore#update} has written it. */
  void show(SandboxRecord next) {
    record = next;
  }

  /** The connection to the monitor; null while there is none. */
  @Nullable Monitor monitor() {
    return monitor;
  }

  void connected(Monitor connection, @Nullable LiveRecord process) {
    monitor = connection;
    if (process != null) {
      live = process;
    }
  }

  void disconnected() {
    monitor = null;
  }

  /** Which process the monitor is; null if none was started in this boot. */
  @Nullable LiveRecord live() {
    return live;
  }

  void born(LiveRecord process) {
    live = process;
  }

  /** The monitor was ended, with everything below it. */
  void ended() {
    monitor = null;
    live = null;
  }

  /** True from the beginning of a stop: no container may start any more. */
  boolean stopping() {
    return stopping;
  }

  void stop() {
    stopping = true;
  }

  @Nullable Stage stage() {
    return stage;
  }

  void enter(@Nullable Stage next) {
    stage = next;
  }

  /**
   * Runs {@code work} when it is this caller's turn.
   *
   * @throws CriException DEADLINE_EXCEEDED, saying what the pod waits for, if the turn does not come in time
   */
  void exclusively(String what, Duration patience, Runnable work) {
    try {
      if (!turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        Stage busy = stage;
        throw new CriException(
            ErrorCode.DEADLINE_EXCEEDED,
            "Sandbox " + id + " cannot be " + what + ": another call works on it"
                + (busy == null ? "" : " and waits for " + busy.name()) + "; try again.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(
          ErrorCode.CANCELLED, "The client gave up while sandbox " + id + " waited to be " + what + "; try again.");
    }
    try {
      work.run();
    } finally {
      stage = null;
      turn.unlock();
    }
  }
}
