package io.crij.daemon.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.core.Json;
import io.crij.core.Printable;
import io.crij.cri.Container;
import io.crij.cri.ContainerState;
import io.crij.cri.FilesystemUsage;
import io.crij.cri.ImageFsInfoRequest;
import io.crij.cri.ImageFsInfoResponse;
import io.crij.cri.PodSandbox;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.RuntimeCondition;
import io.crij.cri.RuntimeHandler;
import io.crij.cri.StatusResponse;
import io.crij.daemon.BuildVersion;
import io.crij.daemon.rpc.Calls;
import io.crij.daemon.rpc.NodeReports;
import io.crij.daemon.rpc.Operation;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.image.PullProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Answers what {@code crij status}, {@code pods}, {@code ps}, {@code why} and {@code timeline} ask. */
public final class Reports {
  private static final long SLOW_NANOS = 1_000_000_000;
  private static final int ERRORS = 5;

  private final NodeView node;
  private final Path socket;
  private final Operation<ImageFsInfoRequest, ImageFsInfoResponse> disk;

  /** @param disk what is in the image folder, and what containers wrote */
  public Reports(
      Path socket,
      RuntimeOperations runtime,
      Supplier<List<PullProgress>> pulls,
      Operation<ImageFsInfoRequest, ImageFsInfoResponse> disk,
      Calls calls,
      Journal journal) {
    this.disk = disk;
    this.socket = socket;
    this.node = new NodeView(runtime, pulls, calls, journal);
  }

  /** As the socket serves them. */
  public NodeReports questions(Gc gc) {
    Why why = new Why(node);
    return new NodeReports(nothing -> status(), nothing -> pods(), nothing -> containers(), why::of, this::timeline, gc::of);
  }

  private StatusReport status() throws Exception {
    Map<String, String> conditions = new LinkedHashMap<>();
    StatusResponse runtime = node.statusWithInfo();
    JsonNode info = Json.OWN.readTree(runtime.getInfoOrDefault("config", "{}"));
    ImageFsInfoResponse use = disk.run(ImageFsInfoRequest.getDefaultInstance());
    for (RuntimeCondition condition : runtime.getStatus().getConditionsList()) {
      conditions.put(condition.getType(), condition.getStatus() ? "ok" : condition.getReason() + ": " + condition.getMessage());
    }
    List<PodSandbox> pods = node.pods();
    int ready = (int) pods.stream().filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY).count();
    Map<String, Integer> containers = new TreeMap<>();
    node.containers().forEach(container -> containers.merge(word(container.getState()), 1, Integer::sum));
    Runtime memory = Runtime.getRuntime();
    return new StatusReport(
        BuildVersion.text(),
        ProcessHandle.current().pid(),
        node.started().toString(),
        Duration.between(node.started(), Instant.now()).toSeconds(),
        socket.toString(),
        info.path("kernel").asText(),
        info.path("cgroupVersion").asText() + ", driver " + info.path("cgroupDriver").asText(),
        runtime.getRuntimeHandlersList().stream().map(RuntimeHandler::getName).filter(name -> !name.isEmpty()).toList(),
        bytes(use.getImageFilesystemsList()),
        bytes(use.getContainerFilesystemsList()),
        conditions,
        ready,
        pods.size() - ready,
        containers,
        node.pulls().stream().map(PullProgress::image).toList(),
        node.calls().underway().stream().filter(call -> call.nanos() >= SLOW_NANOS).map(NodeView::words).toList(),
        node.calls().failures().stream().limit(ERRORS).map(ErrorLine::of).toList(),
        memory.totalMemory() - memory.freeMemory(),
        residentBytes());
  }

  private static long bytes(List<FilesystemUsage> all) {
    return all.stream().mapToLong(each -> each.getUsedBytes().getValue()).sum();
  }

  /** VmRSS of proc_pid_status(5), in bytes; 0 if it is not told. */
  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    return 0;
  }

  private List<PodRow> pods() throws Exception {
    List<PodRow> rows = new ArrayList<>();
    for (PodSandbox pod : node.pods()) {
      Optional<PodSandboxStatusResponse> details = node.details(pod.getId());
      if (details.isEmpty()) {
        continue;
      }
      int running =
          (int) details.get().getContainersStatusesList().stream().filter(c -> c.getState() == ContainerState.CONTAINER_RUNNING).count();
      rows.add(
          new PodRow(
              pod.getMetadata().getNamespace(),
              pod.getMetadata().getName(),
              pod.getId(),
              pod.getState() == PodSandboxState.SANDBOX_READY ? "ready" : "not ready",
              Ages.instant(pod.getCreatedAt()).toString(),
              details.get().getStatus().getNetwork().getIp(),
              running,
              details.get().getContainersStatusesCount(),
              doing(pod.getId())));
    }
    // Those in the making have no sandbox that a client could see.
    for (Journal.Entry entry : node.journal().underway()) {
      if (entry.operation().equals("RunPodSandbox")) {
        int slash = entry.pod().indexOf('/');
        rows.addFirst(
            new PodRow(
                entry.pod().substring(0, slash), entry.pod().substring(slash + 1), entry.subject(), "in the making", entry.began().toString(), "", 0, 0, NodeView.words(entry)));
      }
    }
    return rows;
  }

  private String doing(String id) {
    for (Calls.Underway call : node.calls().underway()) {
      if (id.equals(call.pod()) || id.equals(call.container())) {
        return call.rpc() + " for " + Ages.of(call.nanos());
      }
    }
    return "";
  }

  private List<ContainerRow> containers() throws Exception {
    Map<String, String> pods = new LinkedHashMap<>();
    List<ContainerRow> rows = new ArrayList<>();
    for (PodSandbox pod : node.pods()) {
      pods.put(pod.getId(), NodeView.name(pod));
      node.details(pod.getId())
          .ifPresent(details -> details.getContainersStatusesList().reversed().forEach(status -> rows.add(row(NodeView.name(pod), status))));
    }
    for (Container container : node.containers()) {
      if (!pods.containsKey(container.getPodSandboxId())) {
        rows.add(orphan(container));
      }
    }
    return rows;
  }

  private ContainerRow row(String pod, io.crij.cri.ContainerStatus status) {
    long since =
        switch (status.getState()) {
          case CONTAINER_RUNNING -> status.getStartedAt();
          case CONTAINER_EXITED -> status.getFinishedAt();
          default -> status.getCreatedAt();
        };
    return new ContainerRow(
        pod,
        status.getMetadata().getName(),
        Integer.toUnsignedLong(status.getMetadata().getAttempt()),
        status.getId(),
        word(status.getState()),
        Ages.instant(since).toString(),
        status.getImage().getImage(),
        status.getState() == ContainerState.CONTAINER_EXITED ? status.getExitCode() + " " + status.getReason() : "",
        doing(status.getId()));
  }

  /** Its pod went away while this report was made, or its record was lost. */
  private ContainerRow orphan(Container container) {
    return new ContainerRow(
        "",
        container.getMetadata().getName(),
        Integer.toUnsignedLong(container.getMetadata().getAttempt()),
        container.getId(),
        word(container.getState()),
        Ages.instant(container.getCreatedAt()).toString(),
        container.getImage().getImage(),
        "",
        doing(container.getId()));
  }

  private TimelineReport timeline(String about) throws Exception {
    NodeView.FoundPod pod = node.pod(about).orElseThrow(() -> unknown(about));
    List<Journal.Entry> entries = node.journal().of(pod.name());
    if (entries.isEmpty()) {
      throw CriException.notFound("Pod " + pod.name() + " was made before the daemon started; its stages are not known any more.");
    }
    return TimelineReport.of(pod.name(), entries);
  }

  static CriException unknown(String about) {
    return CriException.notFound(
        "Nothing on this node is named '" + Printable.of(about)
            + "', and no client has asked for it since the daemon started: look at the pod's events (kubectl describe pod), at the scheduler and at kubelet's log.");
  }

  /** {@code running} for CONTAINER_RUNNING. */
  static String word(ContainerState state) {
    return state.name().substring("CONTAINER_".length()).toLowerCase(Locale.ROOT);
  }
}
