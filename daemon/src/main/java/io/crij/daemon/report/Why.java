package io.crij.daemon.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.core.Json;
import io.crij.cri.Container;
import io.crij.cri.ContainerState;
import io.crij.cri.ContainerStatus;
import io.crij.cri.PodSandbox;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.RuntimeCondition;
import io.crij.image.PullProgress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a pod or a container is as it is: what it waits for, since when, at which stage, and what failed. */
final class Why {
  private static final int ERRORS = 10;

  private final NodeView node;

  Why(NodeView node) {
    this.node = node;
  }

  /**
   * Looks for a pod of that name or id first, then for a container.
   *
   * @throws CriException NOT_FOUND; INVALID_ARGUMENT if several are meant
   */
  WhyReport of(String about) throws Exception {
    Optional<NodeView.FoundPod> pod = node.pod(about);
    if (pod.isPresent()) {
      return pod(pod.get());
    }
    List<Container> containers =
        node.containers().stream().filter(c -> c.getId().startsWith(about) || c.getMetadata().getName().equals(about)).toList();
    if (containers.isEmpty()) {
      throw Reports.unknown(about);
    }
    boolean several = containers.stream().map(c -> c.getPodSandboxId() + c.getMetadata().getName()).distinct().count() > 1;
    if (several) {
      throw CriException.invalid(
          "'" + about + "' can be any of these containers: "
              + String.join(", ", containers.stream().limit(NodeView.MOST_NAMED).map(c -> c.getMetadata().getName() + " " + c.getId().substring(0, 12)).toList())
              + (containers.size() > NodeView.MOST_NAMED ? ", …" : "")
              + "; give more of the id.");
    }
    return container(containers.getFirst());
  }

  private WhyReport pod(NodeView.FoundPod pod) throws Exception {
    List<String> now = node.doing(pod);
    List<String> state = new ArrayList<>();
    List<String> sandboxes = pod.sandboxes().stream().map(PodSandbox::getId).toList();
    List<String> containers = new ArrayList<>();
    Optional<PodSandboxStatusResponse> newest = Optional.empty();
    for (PodSandbox sandbox : pod.sandboxes()) {
      Optional<PodSandboxStatusResponse> details = node.details(sandbox.getId());
      if (details.isEmpty()) {
        continue;
      }
      newest = newest.isPresent() ? newest : details;
      state.addAll(words(details.get()));
      now.addAll(waits(details.get()));
      details.get().getContainersStatusesList().forEach(status -> containers.add(status.getId()));
    }
    if (pod.sandboxes().stream().anyMatch(sandbox -> Ages.instant(sandbox.getCreatedAt()).isBefore(node.started()))) {
      state.add("what was done for it before " + node.started().truncatedTo(ChronoUnit.SECONDS) + ", when this daemon started, and what failed then, stands in its log alone");
    }
    pulls(pod.name(), now);
    List<ErrorLine> errors =
        node.calls().failures().stream()
            .filter(failure -> NodeView.isOf(failure.what().pod(), pod, sandboxes) || containers.contains(failure.what().container()))
            .limit(ERRORS)
            .map(ErrorLine::of)
            .toList();
    return new WhyReport("pod " + pod.name(), answer(pod, newest, now), now, state, errors);
  }

  private String answer(NodeView.FoundPod pod, Optional<PodSandboxStatusResponse> newest, List<String> now) throws Exception {
    if (!now.isEmpty()) {
      return "It is being worked on: " + now.getFirst() + ".";
    }
    if (newest.isEmpty()) {
      Optional<Journal.Entry> failed = lastFailure(pod.name());
      String network = networkTrouble();
      return failed.isPresent()
          ? "It could not be made: " + sentence(failed.get().failure()) + " That was " + ago(failed.get()) + " ago; kubelet tries again."
          : "It is not on this node any more: it was removed." + network;
    }
    if (newest.get().getStatus().getState() != io.crij.cri.PodSandboxState.SANDBOX_READY) {
      return "Its sandbox is not ready: it was stopped, or its processes died. kubelet makes a new one if the pod is still wanted." + networkTrouble();
    }
    List<ContainerStatus> last = newestOfEach(newest.get().getContainersStatusesList());
    for (ContainerStatus status : last) {
      if (status.getState() == ContainerState.CONTAINER_EXITED && status.getExitCode() != 0) {
        return "Its container " + words(status) + ". kubelet decides when it is started again (back-off up to 5 minutes).";
      }
      if (status.getState() == ContainerState.CONTAINER_CREATED) {
        return "Its container " + status.getMetadata().getName() + " was made " + Ages.since(status.getCreatedAt()) + " ago and nobody has asked to start it.";
      }
    }
    Optional<Journal.Entry> failed = lastFailure(pod.name());
    if (failed.isPresent()) {
      return "Its last " + failed.get().operation() + " failed " + ago(failed.get()) + " ago: " + sentence(failed.get().failure());
    }
    long running = last.stream().filter(status -> status.getState() == ContainerState.CONTAINER_RUNNING).count();
    return last.isEmpty()
        ? "Its sandbox is ready and nobody has asked for a container in it."
        : "Nothing holds it up here: its sandbox is ready, " + running + " of " + last.size()
            + " containers run. If it is not Ready all the same, look at its probes (kubectl describe pod).";
  }

  /** The failure of the latest work on a pod; nothing if a later try of the same went well. */
  private Optional<Journal.Entry> lastFailure(String pod) {
    List<Journal.Entry> entries = node.journal().of(pod);
    return entries.isEmpty() || entries.getLast().failure() == null ? Optional.empty() : Optional.of(entries.getLast());
  }

  private String networkTrouble() throws Exception {
    for (RuntimeCondition condition : node.status().getConditionsList()) {
      if (!condition.getStatus()) {
        return " " + condition.getType() + " is false: " + condition.getMessage();
      }
    }
    return "";
  }

  private void pulls(String pod, List<String> now) {
    for (PullProgress pull : node.pulls()) {
      boolean ours =
          node.calls().underway().stream()
              .anyMatch(call -> call.rpc().equals("PullImage") && pod.equals(call.pod()) && call.image() != null && pull.image().contains(call.image()));
      if (ours) {
        now.add("The pull of " + pull.image() + " has " + (pull.received() >> 20) + " of " + (pull.size() >> 20) + " MiB; 'crij images pulls' shows its layers");
      }
    }
  }

  private WhyReport container(Container container) throws Exception {
    String id = container.getId();
    Optional<PodSandboxStatusResponse> pod = node.details(container.getPodSandboxId());
    Optional<ContainerStatus> status =
        pod.flatMap(details -> details.getContainersStatusesList().stream().filter(each -> each.getId().equals(id)).findFirst());
    List<String> now = node.calls().underway().stream().filter(call -> id.equals(call.container())).map(NodeView::words).toList();
    List<String> state = pod.map(Why::words).orElse(List.of());
    List<ErrorLine> errors =
        node.calls().failures().stream().filter(failure -> id.equals(failure.what().container())).limit(ERRORS).map(ErrorLine::of).toList();
    String answer =
        !now.isEmpty()
            ? "It is being worked on: " + now.getFirst() + "."
            : status.map(each -> "It " + words(each).substring(each.getMetadata().getName().length() + 1) + ".").orElse("It is being removed.");
    String name = container.getMetadata().getName() + " " + id.substring(0, 12);
    return new WhyReport("container " + name, answer, now, state, errors);
  }

  /** One line for the sandbox, one for each container. */
  private static List<String> words(PodSandboxStatusResponse details) {
    List<String> lines = new ArrayList<>();
    io.crij.cri.PodSandboxStatus status = details.getStatus();
    String ip = status.getNetwork().getIp();
    lines.add(
        "sandbox " + status.getId().substring(0, 12)
            + (status.getState() == PodSandboxState.SANDBOX_READY ? " is ready" : " is not ready")
            + ", made " + Ages.since(status.getCreatedAt()) + " ago"
            + (ip.isEmpty() ? "" : ", address " + ip));
    details.getContainersStatusesList().reversed().forEach(container -> lines.add("  container " + words(container)));
    return lines;
  }

  private static String words(ContainerStatus status) {
    String name = status.getMetadata().getName();
    String attempt = status.getMetadata().getAttempt() == 0 ? "" : ", attempt " + Integer.toUnsignedLong(status.getMetadata().getAttempt());
    return switch (status.getState()) {
      case CONTAINER_RUNNING -> name + " runs for " + Ages.since(status.getStartedAt()) + attempt;
      case CONTAINER_EXITED ->
          name + " ended " + Ages.since(status.getFinishedAt()) + " ago with exit code " + status.getExitCode() + " (" + status.getReason() + ")" + attempt
              + (status.getMessage().isEmpty() ? "" : ": " + withoutStop(status.getMessage()));
      case CONTAINER_CREATED -> name + " was made " + Ages.since(status.getCreatedAt()) + " ago and not started" + attempt;
      default -> name + " is in a state that its monitor has not told yet" + attempt;
    };
  }

  /** Of containers that were made again and again, the last. */
  private static List<ContainerStatus> newestOfEach(List<ContainerStatus> all) {
    return all.stream()
        .filter(
            status ->
                all.stream()
                    .noneMatch(
                        other ->
                            other.getMetadata().getName().equals(status.getMetadata().getName()) && other.getCreatedAt() > status.getCreatedAt()))
        .toList();
  }

  /** What a stop or a removal waits for, and what could not be taken back: from the details that crictl inspectp shows, too. */
  private static List<String> waits(PodSandboxStatusResponse details) {
    List<String> lines = new ArrayList<>();
    try {
      JsonNode info = Json.FOREIGN.readTree(details.getInfoOrDefault("info", "{}"));
      JsonNode waits = info.path("waitsFor");
      String sandbox = "Sandbox " + details.getStatus().getId().substring(0, 12);
      if (waits.hasNonNull("stage")) {
        lines.add(sandbox + " waits for " + waits.path("stage").asText() + " since " + Ages.since(waits.path("sinceNanos").asLong()));
      }
      for (JsonNode left : info.path("pendingCleanups")) {
        lines.add(
            sandbox + " could not give back its " + left.path("what").asText() + ", since " + Ages.since(left.path("sinceNanos").asLong()) + ": "
                + left.path("why").asText() + "; StopPodSandbox and RemovePodSandbox try again");
      }
    } catch (JsonProcessingException e) {
      throw CriException.internal("The details of a sandbox are no JSON.", e);
    }
    return lines;
  }

  private static String ago(Journal.Entry entry) {
    return Ages.of(Duration.between(entry.began(), Instant.now()).toNanos() - entry.nanos());
  }

  private static String sentence(@Nullable String text) {
    return text == null ? "" : text.endsWith(".") ? text : text + ".";
  }

  private static String withoutStop(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
