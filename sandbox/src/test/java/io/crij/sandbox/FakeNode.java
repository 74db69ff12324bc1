package io.crij.sandbox;

import io.crij.cgroups.Cgroups;
import io.crij.cgroups.systemd.SystemdCgroups;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerStatus;
import io.crij.helper.ExitListener;
import io.crij.helper.ForeignPaths;
import io.crij.helper.LaunchFailure;
import io.crij.helper.Monitor;
import io.crij.helper.MonitorGone;
import io.crij.helper.MonitorStarter;
import io.crij.helper.PodSetup;
import io.crij.helper.syscall.Errno;
import io.crij.netns.NetworkRequest;
import io.crij.netns.NetworkResult;
import io.crij.netns.NetworkStatus;
import io.crij.netns.PodNetwork;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A node in a scratch folder. Everything that a pod touches writes its name into {@link #events} and fails if a test said so.
 * The monitor's process is a real one, so that questions about processes have true answers.
 */
final class FakeNode implements PodNetwork, ForeignPaths, MonitorStarter, PodContainers, AutoCloseable {
  final List<String> events = new CopyOnWriteArrayList<>();
  final Set<String> failing = ConcurrentHashMap.newKeySet();
  final Map<ObjectId, Process> processes = new ConcurrentHashMap<>();
  final Map<ObjectId, ExitListener> listeners = new ConcurrentHashMap<>();
  final Map<ObjectId, PodSetup> setups = new ConcurrentHashMap<>();
  final Set<ObjectId> connected = ConcurrentHashMap.newKeySet();
  final Folders folders;
  final Path cgroupFolder;
  private final Path scratch;
  private final Cgroups cgroups;
  volatile Runnable duringAdd = () -> {};
  SandboxHost host;
  SandboxStore store;

  FakeNode(Path scratch) throws IOException {
    this.scratch = scratch;
    this.folders = new Folders(scratch.resolve("root"), scratch.resolve("run"), scratch.resolve("netns"));
    Files.createDirectories(folders.records());
    Files.createDirectories(folders.pods());
    Files.createDirectories(folders.netns());
    Files.writeString(scratch.resolve("resolv.conf"), "nameserver 192.0.2.53\n");
    Files.writeString(scratch.resolve("hosts"), "127.0.0.1 localhost\n");
    Files.writeString(scratch.resolve("hostname"), "node-1\n");
    Path proc = Files.createDirectories(scratch.resolve("proc/self"));
    Files.writeString(
        proc.resolve("mountinfo"),
        "27 30 0:25 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory\n"
            + "28 30 0:26 / /sys/fs/cgroup/pids rw shared:12 - cgroup cgroup rw,pids\n");
    Files.writeString(proc.resolve("cgroup"), "4:pids:/\n3:memory:/\n");
    cgroupFolder = Files.createDirectories(scratch.resolve("sys/fs/cgroup/memory"));
    Files.createDirectories(scratch.resolve("sys/fs/cgroup/pids"));
    this.cgroups = Cgroups.detect(scratch.resolve("proc"), scratch);
    this.store = new SandboxStore(folders);
    this.host = newHost();
  }

  /** The daemon was replaced: memory is empty, disk and processes are as they were. */
  void restart() {
    store = new SandboxStore(folders);
    host = newHost();
    events.clear();
    listeners.clear();
  }

  private SandboxHost newHost() {
    return new SandboxHost(
        store, folders, cgroups, SystemdCgroups.none(cgroups), "/crij", this, this::connect, this, this,
        new PodFiles.NodeFiles(scratch.resolve("resolv.conf"), scratch.resolve("hosts"), scratch.resolve("hostname")), io.crij.nri.Nri.NONE, new io.crij.core.Journal(), PodHandlers.DEFAULT);
  }

  void happens(String event) {
    events.add(event);
    if (failing.contains(event)) {
      throw new CriException(ErrorCode.INTERNAL, event + " failed as told.");
    }
  }

  // ---- monitors

  @Override
  public MonitorBirth startMonitor(ObjectId pod, Path runFolder) throws IOException {
    happens("monitor");
    Process process = new ProcessBuilder("sleep", "1000").start();
    processes.put(pod, process);
    Files.createFile(runFolder.resolve("sock"));
    return new MonitorBirth((int) process.pid(), startTicks(process.pid()));
  }

  static long startTicks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
  }

  Monitor connect(ObjectId pod, Path runFolder) {
    happens("connect");
    Process process = processes.get(pod);
    if (process == null || !process.isAlive() || !Files.exists(runFolder.resolve("sock"))) {
      throw new MonitorGone(pod, null);
    }
    return (Monitor)
        Proxy.newProxyInstance(
            Monitor.class.getClassLoader(),
            new Class<?>[] {Monitor.class},
            (proxy, method, arguments) -> monitorCall(pod, runFolder, method.getName(), arguments));
  }

  private @Nullable Object monitorCall(ObjectId pod, Path runFolder, String call, Object @Nullable [] arguments) {
    switch (call) {
      case "pod":
        return pod;
      case "hello":
        return new Monitor.Hello(1, (int) Objects.requireNonNull(processes.get(pod)).pid(), pod, true, 0);
      case "watch":
        listeners.put(pod, (ExitListener) first(arguments));
        return null;
      case "setUp":
        happens("setup");
        setups.put(pod, (PodSetup) first(arguments));
        return 0;
      case "shutdown":
        happens("shutdown");
        kill(pod);
        try {
          Files.deleteIfExists(runFolder.resolve("sock"));
        } catch (IOException e) {
          throw new AssertionError(e);
        }
        return null;
      case "forward": // nobody listens in this pod
        throw new LaunchFailure(Errno.ECONNREFUSED, "forward", "port " + first(arguments), -1);
      case "close", "equals", "hashCode":
        return call.equals("equals") ? (Object) false : call.equals("hashCode") ? (Object) pod.hashCode() : null;
      default:
        throw new AssertionError("no test expects a call of " + call);
    }
  }

  private static Object first(Object @Nullable [] arguments) {
    return Objects.requireNonNull(arguments)[0];
  }

  PodSetup setup(ObjectId pod) {
    return Objects.requireNonNull(setups.get(pod));
  }

  /** As {@code kill -9} of the monitor. */
  void kill(ObjectId pod) {
    Objects.requireNonNull(processes.get(pod)).destroyForcibly().onExit().join();
  }

  void monitorDies(ObjectId pod) {
    kill(pod);
    Objects.requireNonNull(listeners.get(pod)).monitorGone(pod);
  }

  // ---- network

  @Override
  public NetworkResult add(NetworkRequest request) {
    duringAdd.run();
    connected.add(request.sandbox());
    happens("network");
    return new NetworkResult(List.of("192.0.2.7", "2001:db8::7"), "test", "{}");
  }

  @Override
  public void remove(ObjectId sandbox) {
    happens("network-remove");
    connected.remove(sandbox);
  }

  @Override
  public void check(ObjectId sandbox) {
    throw new AssertionError("pods do not check their network");
  }

  @Override
  public Optional<NetworkResult> result(ObjectId sandbox) {
    return Optional.empty();
  }

  @Override
  public void gc(Set<ObjectId> live) {
    happens("gc " + live.size());
    connected.retainAll(new HashSet<>(live));
  }

  @Override
  public NetworkStatus status() {
    throw new AssertionError("pods do not ask for the network's status");
  }

  // ---- foreign paths

  @Override
  public PathFacts stat(String path, Duration deadline) {
    throw new LaunchFailure(2, "stat", path, -1);
  }

  @Override
  public PathFacts mkdirs(String path, Duration deadline) {
    happens("mkdirs " + path);
    return new PathFacts(0x4000, 0, 0, 0);
  }

  // ---- containers

  @Override
  public List<ContainerStatus> statuses(ObjectId sandbox) {
    return List.of(ContainerStatus.newBuilder().setId("of-" + sandbox).build());
  }

  @Override
  public void stopAll(ObjectId sandbox) {
    happens("stopAll");
  }

  @Override
  public void removeAll(ObjectId sandbox) {
    happens("removeAll");
  }

  @Override
  public void podDied(ObjectId sandbox) {
    happens("podDied");
  }

  @Override
  public void exited(Monitor monitor, long sequence, ObjectId container, int exitCode, long finishedAtNanos) {
    happens("exited " + sequence + " " + exitCode);
  }

  // ---- what is left

  /** Every file below the folders that pods write to; empty on a node without pods. */
  Map<String, String> leftovers() throws IOException {
    Map<String, String> left = new HashMap<>();
    for (Path folder : List.of(folders.records(), folders.pods(), folders.netns(), scratch.resolve("sys/fs/cgroup"))) {
      try (var paths = Files.walk(folder)) {
        paths
            .filter(path -> !path.equals(folder))
            .map(path -> scratch.relativize(path).toString())
            .filter(path -> !path.matches("sys/fs/cgroup/(memory|pids)(/crij)?"))
            .forEach(path -> left.put(path, ""));
      }
    }
    processes.forEach((pod, process) -> {
      if (process.isAlive()) {
        left.put("process of " + pod, "");
      }
    });
    connected.forEach(pod -> left.put("network of " + pod, ""));
    return left;
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
  }
}
