package io.crij.daemon.report;

import io.crij.core.CriException;
import io.crij.core.Journal;
import io.crij.cri.Container;
import io.crij.cri.ListContainersRequest;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.PodSandbox;
import io.crij.cri.PodSandboxStatusRequest;
import io.crij.cri.PodSandboxStatusResponse;
import io.crij.cri.RuntimeStatus;
import io.crij.cri.StatusRequest;
import io.crij.cri.StatusResponse;
import io.crij.daemon.rpc.Calls;
import io.crij.daemon.rpc.RuntimeOperations;
import io.crij.image.PullProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the reports are made of. Everything is from memory, as in the calls of kubelet that it asks. */
final class NodeView {
  /** Of those that a name could mean. */
  static final int MOST_NAMED = 10;

  private final RuntimeOperations runtime;
  private final Supplier<List<PullProgress>> pulls;
  private final Calls calls;
  private final Journal journal;
  private final Instant started = Instant.now();

  NodeView(RuntimeOperations runtime, Supplier<List<PullProgress>> pulls, Calls calls, Journal journal) {
    this.runtime = runtime;
    this.pulls = pulls;
    this.calls = calls;
    this.journal = journal;
  }

  /**
   * A pod that somebody named.
   *
   * @param name {@code namespace/name}
   * @param sandboxes what there is of it, newest first; empty if it could not be made or is gone
   */
  record FoundPod(String name, List<PodSandbox> sandboxes) {}

  /** Of the daemon; nothing is known from before. */
  Instant started() {
    return started;
  }

  /** With the configuration that it was asked for verbosely. */
  StatusResponse statusWithInfo() throws Exception {
    return runtime.status().run(StatusRequest.newBuilder().setVerbose(true).build());
  }

  Journal journal() {
    return journal;
  }

  Calls calls() {
    return calls;
  }

  List<PullProgress> pulls() {
    return pulls.get();
  }

  RuntimeStatus status() throws Exception {
    return runtime.status().run(StatusRequest.getDefaultInstance()).getStatus();
  }

  /** Newest first. */
  List<PodSandbox> pods() throws Exception {
    return runtime.pods().list().run(ListPodSandboxRequest.getDefaultInstance()).getItemsList().stream()
        .sorted(Comparator.comparingLong(PodSandbox::getCreatedAt).reversed())
        .toList();
  }

  /** Newest first. */
  List<Container> containers() throws Exception {
    return runtime.containers().list().run(ListContainersRequest.getDefaultInstance()).getContainersList().stream()
        .sorted(Comparator.comparingLong(Container::getCreatedAt).reversed())
        .toList();
  }

  /** With its containers and with what it waits for; empty if it went away meanwhile. */
  Optional<PodSandboxStatusResponse> details(String sandbox) throws Exception {
    try {
      return Optional.of(
          runtime.pods().status().run(PodSandboxStatusRequest.newBuilder().setPodSandboxId(sandbox).setVerbose(true).build()));
    } catch (CriException e) {
      return Optional.empty();
    }
  }

  static String name(PodSandbox pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }

  /**
   * The pod of this name, namespace/name, or beginning of a sandbox's id; empty if none is known.
   *
   * @throws CriException INVALID_ARGUMENT if several pods are meant, or none is named
   */
  Optional<FoundPod> pod(String about) throws Exception {
    if (about.isBlank()) {
      throw CriException.invalid("No pod is named: give its name, namespace/name, or the beginning of an id.");
    }
    List<PodSandbox> all = pods();
    List<String> names =
        Stream.concat(
                all.stream().filter(pod -> pod.getId().startsWith(about) || isNamed(name(pod), about)).map(NodeView::name),
                journal.pods().stream().filter(name -> isNamed(name, about)))
            .distinct()
            .toList();
    if (names.size() > 1) {
      throw CriException.invalid("'" + about + "' can be any of these pods: " + String.join(", ", names.stream().limit(MOST_NAMED).toList()) + (names.size() > MOST_NAMED ? ", …" : "") + "; give more of the name or id.");
    }
    return names.stream().findFirst().map(name -> new FoundPod(name, all.stream().filter(pod -> name(pod).equals(name)).toList()));
  }

  private static boolean isNamed(String name, String about) {
    return name.equals(about) || name.endsWith("/" + about);
  }

  /** What goes on with a pod: the stages of its start, and the calls on it or on one of its containers. */
  List<String> doing(FoundPod pod) throws Exception {
    List<String> doing = new ArrayList<>();
    for (Journal.Entry entry : journal.of(pod.name())) {
      if (entry.running()) {
        doing.add(words(entry));
      }
    }
    List<String> sandboxes = pod.sandboxes().stream().map(PodSandbox::getId).toList();
    List<String> containers = containers().stream().filter(c -> sandboxes.contains(c.getPodSandboxId())).map(Container::getId).toList();
    for (Calls.Underway call : calls.underway()) {
      boolean told = journal.of(pod.name()).stream().anyMatch(entry -> entry.running() && entry.operation().equals(call.rpc()));
      if (!told && (isOf(call.pod(), pod, sandboxes) || containers.contains(call.container()))) {
        doing.add(words(call));
      }
    }
    return doing;
  }

  static boolean isOf(@Nullable String subject, FoundPod pod, List<String> sandboxes) {
    return subject != null && (subject.equals(pod.name()) || sandboxes.contains(subject));
  }

  static String words(Journal.Entry entry) {
    String stage = entry.stages().isEmpty() ? "" : ", at the stage '" + entry.stages().getLast().name() + "' since " + Ages.of(entry.stages().getLast().nanos());
    return entry.operation() + (entry.subject().isEmpty() ? "" : " (" + entry.subject() + ")") + " runs for " + Ages.of(entry.nanos()) + stage;
  }

  static String words(Calls.Underway call) {
    String about = Stream.of(call.pod(), call.container(), call.image()).filter(Objects::nonNull).findFirst().orElse("");
    return call.rpc()
        + (about.isEmpty() ? "" : " (" + about + ")")
        + " runs for "
        + Ages.of(call.nanos())
        + (call.clientGone() ? "; its client has given up, the work goes on" : "");
  }
}
