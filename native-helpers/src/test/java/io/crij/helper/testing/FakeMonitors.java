package io.crij.helper.testing;

import io.crij.core.ObjectId;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorConnector;
import io.crij.helper.MonitorGone;
import io.crij.helper.MonitorStarter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Monitors in memory: births, and connections to those that were born and live. */
public final class FakeMonitors implements MonitorStarter, MonitorConnector {
  private final Map<ObjectId, FakeMonitor> living = new ConcurrentHashMap<>();
  private final AtomicInteger pids = new AtomicInteger(100_000);
  private volatile @Nullable LaunchFailure nextBirth;

  /** Lets the next birth fail. */
  public void failNextBirth(LaunchFailure failure) {
    nextBirth = failure;
  }

  @Override
  public MonitorBirth startMonitor(ObjectId pod, Path runFolder) throws IOException {
    LaunchFailure failure = nextBirth;
    nextBirth = null;
    if (failure != null) {
      throw failure;
    }
    int pid = pids.incrementAndGet();
    living.put(pod, new FakeMonitor(pod, pid, pids, this));
    return new MonitorBirth(pid, pid);
  }

  @Override
  public Monitor connect(ObjectId pod, Path runFolder) {
    FakeMonitor monitor = living.get(pod);
    if (monitor == null) {
      throw new MonitorGone(pod, null);
    }
    return monitor.connection();
  }

  /** The monitor behind the connections, to play the kernel's part. */
  public FakeMonitor of(ObjectId pod) {
    FakeMonitor monitor = living.get(pod);
    if (monitor == null) {
      throw new AssertionError("pod " + pod + " has no monitor");
    }
    return monitor;
  }

  public boolean lives(ObjectId pod) {
    return living.containsKey(pod);
  }

  public int count() {
    return living.size();
  }

  void ended(ObjectId pod) {
    living.remove(pod);
  }
}
