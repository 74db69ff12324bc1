package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.helper.Monitor;
import io.crij.nri.api.PodSandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How containers get at their pod. Answers from memory. */
public final class Sandboxes {
  private final SandboxStore store;
  private final Folders folders;

  public Sandboxes(SandboxStore store, Folders folders) {
    this.store = store;
    this.folders = folders;
  }

  /**
   * The pod, if containers can be made and started in it now. A stop may begin right after: whoever makes a container asks
   * again once the container's record can be seen, because the stop may have looked before.
   *
   * @param idOrPrefix the id or an unambiguous beginning of it
   * @throws CriException NOT_FOUND; FAILED_PRECONDITION if it is stopped or being stopped; UNAVAILABLE if its monitor does
   *     not answer
   */
  public ReadySandbox ready(String idOrPrefix) {
    Sandbox sandbox = store.get(idOrPrefix);
    SandboxRecord record = sandbox.record();
    if (record.state() != SandboxState.READY || sandbox.stopping()) {
      throw CriException.precondition(
          "Sandbox " + sandbox.id() + " is not ready: it was stopped or its processes died; make a new pod.");
    }
    Monitor monitor = sandbox.monitor();
    if (monitor == null) {
      throw new CriException(
          ErrorCode.UNAVAILABLE,
          "The monitor of sandbox " + sandbox.id() + " does not answer; if it stays so, stop and remove the pod.");
    }
    PodFiles files = PodFiles.in(folders.files(sandbox.id()));
    return new ReadySandbox(
        sandbox.id(),
        sandbox.config(),
        record.runtimeHandler(),
        monitor,
        folders.pod(sandbox.id()),
        record.cgroupParent(),
        record.netns() == null ? null : Path.of(record.netns()),
        sandbox.modes(),
        files,
        hostname(sandbox.id(), files),
        record.ips());
  }

  public ReadySandbox ready(ObjectId id) {
    return ready(id.hex());
  }

  /**
   * The full id of a pod in any state, for filters and messages.
   *
   * @throws CriException INVALID_ARGUMENT if more than one id begins like this
   */
  public Optional<ObjectId> find(String idOrPrefix) {
    return store.find(idOrPrefix).map(Sandbox::id);
  }

  /** All pods that List shows, oldest first. */
  public List<PodView> all() {
    return store.visible().stream().map(Sandboxes::view).toList();
  }

  /** What PodSandboxStatus answers; nothing if there is no such pod. */
  public Optional<io.crij.cri.PodSandboxStatus> status(ObjectId id) {
    return store.find(id.hex()).map(PodSandboxStatus::status);
  }

  /** From now on this one hears of what becomes of pods, and no other. */
  public void listen(PodListener listener) {
    store.listen(listener);
  }

  /** @throws CriException NOT_FOUND, or INVALID_ARGUMENT if more than one id begins like this */
  public PodView view(String idOrPrefix) {
    return view(store.get(idOrPrefix));
  }

  private static PodView view(Sandbox sandbox) {
    SandboxRecord record = sandbox.record();
    return new PodView(
        sandbox.id(),
        sandbox.config(),
        record.state() == SandboxState.READY,
        record.createdAtNanos(),
        record.cgroupParent(),
        record.netns() == null ? null : Path.of(record.netns()));
  }

  /** How many pods are READY and have a monitor that does not answer. */
  public int withoutMonitor() {
    return (int) store.visible().stream().filter(s -> s.record().state() == SandboxState.READY && s.monitor() == null).count();
  }

  /** How many pods have a monitor that answers. */
  public int monitors() {
    return (int) store.visible().stream().filter(s -> s.monitor() != null).count();
  }

  /** True if the pod exists and is READY, whatever its monitor answers. */
  public boolean isReady(ObjectId id) {
    return store.find(id.hex()).filter(s -> s.record().state() == SandboxState.READY && !s.stopping()).isPresent();
  }

  /** The run folder that a pod has while it lives; exit records of its containers are in there. */
  public Path runFolder(ObjectId id) {
    return folders.pod(id);
  }

  /** The pod as NRI plugins see it, with nothing but its id if it is gone. */
  public PodSandbox pluginView(ObjectId id) {
    return store.find(id.hex()).map(PluginView::of).orElseGet(() -> PodSandbox.newBuilder().setId(id.hex()).build());
  }

  /** All that can be seen. */
  public List<PodSandbox> pluginViews() {
    return store.visible().stream().map(PluginView::of).toList();
  }

  private static String hostname(ObjectId id, PodFiles files) {
    try {
      return Files.readString(files.hostname(), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      throw CriException.internal("The host name of sandbox " + id + " cannot be read from its own folder: " + e.getMessage() + ".", e);
    }
  }
}
