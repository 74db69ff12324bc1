package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.nri.EndTold;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A container in memory. Anyone reads it at any time; start, update and remove take turns; an exit waits for nobody, so that a
 * slow start cannot hold it up.
 */
final class Container {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ObjectId id;
  private final ObjectId sandbox;
  private final ContainerConfig config;
  private final ContainerName name;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final EndTold endTold = new EndTold();
  private volatile ContainerRecord record;
  private volatile LinuxContainerResources resources;
  private volatile @Nullable Wait waitsFor;
  private volatile @Nullable Runnable launch;
  private volatile boolean calledOff;

  /** Guarded by {@link #lock()}. */
  private @Nullable Stopping stopping;

  /** @param sinceTicks of {@link System#nanoTime} */
  record Wait(String what, long sinceTicks) {}

  Container(ContainerRecord record, ContainerConfig config, LinuxContainerResources resources) {
    this.id = record.objectId();
    this.sandbox = record.sandbox();
    this.config = config;
    this.name = ContainerName.of(sandbox, config.getMetadata());
    this.record = record;
    this.resources = resources;
  }

  ObjectId id() {
    return id;
  }

  ObjectId sandbox() {
    return sandbox;
  }

  ContainerConfig config() {
    return config;
  }

  ContainerName name() {
    return name;
  }

  /** For people: its name and the beginning of its id. */
  String label() {
    return label(name.name(), id);
  }

  static String label(String name, ObjectId id) {
    return name + " " + id.shortHex();
  }

  EndTold endTold() {
    return endTold;
  }

  ContainerRecord record() {
    return record;
  }

  Life life() {
    return record.life();
  }

  ContainerState state() {
    return record.life().state();
  }

  /** The limits in force, as the CRI names them. */
  LinuxContainerResources resources() {
    return resources;
  }

  /** What a call on this container waits for right now, for people who look at a slow one. */
  @Nullable Wait waitsFor() {
    return waitsFor;
  }

  void waitsFor(String what) {
    waitsFor = new Wait(what, System.nanoTime());
  }

  /** From now on, until the next call with null, a launch is under way that {@code end} ends; it may be run more than once and does not throw. */
  void launching(@Nullable Runnable end) {
    launch = end;
  }

  /** Whether a start was ended because somebody wants to stop the container. */
  boolean calledOff() {
    return calledOff;
  }

  /** Guards the record's changes; whoever holds it does nothing that can hang. */
  ReentrantLock lock() {
    return lock;
  }

  /** Signalled after each change of the record, and when a stop gets a shorter deadline. */
  Condition changed() {
    return changed;
  }

  @Nullable Stopping stopping() {
    return stopping;
  }

  void stopping(@Nullable Stopping next) {
    stopping = next;
  }

  /** Shows a new record; the caller holds the lock. */
  void show(ContainerRecord next, LinuxContainerResources nextResources) {
    record = next;
    resources = nextResources;
    changed.signalAll();
  }

  /**
   * Runs {@code work} when it is this caller's turn.
   *
   * @throws CriException DEADLINE_EXCEEDED, saying what the container waits for, if the turn does not come in time
   */
  void exclusively(String what, Runnable work) {
    exclusively(what, PATIENCE, work);
  }

  /** As above, with less patience. */
  void exclusively(String what, Duration patience, Runnable work) {
    if (!hasTurn(what, patience)) {
      throw busy(what);
    }
    try {
      work.run();
    } finally {
      waitsFor = null;
      turn.unlock();
    }
  }

  /**
   * Returns when no other call works on it. A launch that takes longer than {@code patience} is ended, and so is what it does on its way to its end.
   *
   * @throws CriException as above
   */
  void awaitLaunch(String what, Duration patience) {
    for (Duration waited = Duration.ZERO; waited.compareTo(PATIENCE) < 0; waited = waited.plus(patience)) {
      if (hasTurn(what, patience)) {
        turn.unlock();
        return;
      }
      Runnable end = launch;
      if (end != null) {
        calledOff = true;
        end.run();
      }
    }
    throw busy(what);
  }

  private boolean hasTurn(String what, Duration patience) {
    try {
      return turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CriException(
          ErrorCode.CANCELLED, "The client gave up while container " + id + " waited to be " + what + "; try again.");
    }
  }

  private CriException busy(String what) {
    Wait busy = waitsFor;
    return new CriException(
        ErrorCode.DEADLINE_EXCEEDED,
        "Container " + id + " cannot be " + what + ": another call works on it"
            + (busy == null ? "" : " and waits for " + busy.what()) + "; try again.");
  }
}
