package io.crij.helper.testing;

import io.crij.core.ObjectId;
import io.crij.helper.ContainerState;
import io.crij.helper.ExecRequest;
import io.crij.helper.HoldListener;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import io.crij.helper.PodSetup;
import io.crij.helper.StartRequest;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.Namespace;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.syscall.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A monitor in memory that keeps the contract of the real one: containers run until they are killed or until the test ends them;
 * exits are kept until acknowledged and forgotten.
 */
public final class FakeMonitor {
  /** What an exec does. */
  public record ExecResult(int exitCode, byte[] stdout, byte[] stderr) {}

  record Exit(long sequence, ObjectId container, int exitCode, long finishedAtNs) {}

  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  private final ObjectId pod;
  private final int pid;
  private final AtomicInteger pids;
  private final FakeMonitors all;
  private final Map<ObjectId, ContainerState> containers = new LinkedHashMap<>();
  private final List<StartRequest> starts = new ArrayList<>();
  private final List<ExecRequest> execs = new ArrayList<>();
  private final List<Integer> signals = new ArrayList<>();
  private final List<ObjectId> reopened = new ArrayList<>();
  private final Map<Long, Exit> unacknowledged = new LinkedHashMap<>();
  private final List<FakeConnection> watchers = new ArrayList<>();
  private long sequence;
  private boolean gone;
  private boolean ignoresTerm;
  private @Nullable PodSetup setup;
  private @Nullable LaunchFailure nextFailure;
  private Function<ExecRequest, ExecResult> onExec = request -> new ExecResult(0, new byte[0], new byte[0]);

  FakeMonitor(ObjectId pod, int pid, AtomicInteger pids, FakeMonitors all) {
    this.pod = pod;
    this.pid = pid;
    this.pids = pids;
    this.all = all;
  }

  // The test's side.

  /** The container's program ends by itself. */
  public synchronized void exit(ObjectId container, int exitCode) {
    ContainerState state = containers.get(container);
    if (state == null || !state.running()) {
      throw new AssertionError("container " + container + " does not run");
    }
    long now = System.currentTimeMillis() * 1_000_000;
    containers.put(
        container,
        new ContainerState(
            container, false, state.pid(), state.startTicks(), state.startedAtNs(), exitCode, now, state.logError()));
    Exit exit = new Exit(++sequence, container, exitCode, now);
    unacknowledged.put(exit.sequence(), exit);
    watchers.forEach(watcher -> watcher.tell(exit));
  }

  /** The next setup, start or exec fails. */
  public synchronized void failNext(LaunchFailure failure) {
    nextFailure = failure;
  }

  /** SIGTERM does nothing from now on. */
  public synchronized void ignoreTerm() {
    ignoresTerm = true;
  }

  public synchronized void onExec(Function<ExecRequest, ExecResult> behaviour) {
    onExec = behaviour;
  }

  /** The monitor is killed, as by the OOM killer. */
  public synchronized void die() {
    gone = true;
    all.ended(pod);
    watchers.forEach(FakeConnection::tellGone);
    watchers.clear();
  }

  public synchronized List<StartRequest> starts() {
    return List.copyOf(starts);
  }

  public synchronized List<ExecRequest> execs() {
    return List.copyOf(execs);
  }

  /** Every signal that a running container got. */
  public synchronized List<Integer> signals() {
    return List.copyOf(signals);
  }

  public synchronized List<ObjectId> reopened() {
    return List.copyOf(reopened);
  }

  public synchronized @Nullable PodSetup setup() {
    return setup;
  }

  // The connections' side.

  Monitor connection() {
    return new FakeConnection(this, pod);
  }

  synchronized Monitor.Hello hello() {
    alive();
    return new Monitor.Hello(1, pid, pod, setup != null, initPid());
  }

  synchronized int setUp(PodSetup wanted) {
    alive();
    failIfTold();
    if (setup != null) {
      throw new LaunchFailure(Errno.EALREADY, "setup", pod.hex(), -1);
    }
    setup = wanted;
    return initPid();
  }

  /** Those of the plan, if it was written: tests of what stands above plans may ask for a start without one. */
  synchronized List<HoldListener.Held> holds(StartRequest request) {
    alive();
    if (!Files.exists(request.plan())) {
      return List.of();
    }
    try {
      return LaunchPlan.decode(Files.readAllBytes(request.plan())).operations().stream()
          .filter(PlanOp.Hold.class::isInstance)
          .map(hold -> new HoldListener.Held(request.container(), pids.get() + 1, ((PlanOp.Hold) hold).name()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized Monitor.Started start(StartRequest request) {
    alive();
    failIfTold();
    if (containers.containsKey(request.container())) {
      throw new LaunchFailure(Errno.EEXIST, "start", request.container().hex(), -1);
    }
    starts.add(request);
    int started = pids.incrementAndGet();
    long now = System.currentTimeMillis() * 1_000_000;
    containers.put(
        request.container(), new ContainerState(request.container(), true, started, started, now, 0, 0, ""));
    return new Monitor.Started(started, started, now);
  }

  synchronized void kill(ObjectId container, int signal) {
    alive();
    running(container);
    signals.add(signal);
    if (signal == SIGKILL || (signal == SIGTERM && !ignoresTerm)) {
      exit(container, 128 + signal);
    }
  }

  synchronized List<ContainerState> status() {
    alive();
    return List.copyOf(containers.values());
  }

  synchronized void watch(FakeConnection watcher) {
    alive();
    watchers.add(watcher);
    unacknowledged.values().forEach(watcher::tell);
  }

  synchronized void unwatch(FakeConnection watcher) {
    watchers.remove(watcher);
  }

  synchronized void ack(long acknowledged) {
    alive();
    unacknowledged.remove(acknowledged);
  }

  synchronized void forget(ObjectId container) {
    alive();
    ContainerState state = containers.get(container);
    if (state != null && state.running()) {
      throw new LaunchFailure(Errno.EBUSY, "forget", container.hex(), -1);
    }
    containers.remove(container);
    unacknowledged.values().removeIf(exit -> exit.container().equals(container));
  }

  synchronized void reopenLog(ObjectId container) {
    alive();
    running(container);
    reopened.add(container);
  }

  synchronized void shutdown() {
    alive();
    gone = true;
    all.ended(pod);
    watchers.clear();
  }

  synchronized ExecResult exec(ExecRequest request) {
    alive();
    failIfTold();
    running(request.container());
    execs.add(request);
    return onExec.apply(request);
  }

  synchronized int nextPid() {
    return pids.incrementAndGet();
  }

  private void running(ObjectId container) {
    ContainerState state = containers.get(container);
    if (state == null || !state.running()) {
      throw new LaunchFailure(Errno.ESRCH, "container", container.hex(), -1);
    }
  }

  private int initPid() {
    return setup != null && setup.own().contains(Namespace.PID) ? pid + 1_000_000 : 0;
  }

  private void failIfTold() {
    LaunchFailure failure = nextFailure;
    nextFailure = null;
    if (failure != null) {
      throw failure;
    }
  }

  private void alive() {
    if (gone) {
      throw new MonitorGone(pod, null);
    }
  }
}
