package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.core.RecordFile;
import io.crij.core.RecordFile.Durability;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pods of the node: in memory for those who ask, on disk for the next daemon. A change is written before it is shown, and
 * nobody waits for anybody: readers see the pod as it was or as it is.
 */
public final class SandboxStore {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxStore.class);

  private final Folders folders;
  private final ConcurrentSkipListMap<String, Sandbox> byId = new ConcurrentSkipListMap<>();
  private final Map<PodName, ObjectId> names = new ConcurrentHashMap<>();
  private final Set<ObjectId> torn = ConcurrentHashMap.newKeySet();

  private volatile PodListener listener = (change, status) -> {};

  public SandboxStore(Folders folders) {
    this.folders = folders;
  }

  /** From now on this one hears of changes, and no other. */
  void listen(PodListener next) {
    listener = next;
  }

  /** Takes the name, or says which pod has it. */
  void reserve(PodName name, ObjectId id) {
    ObjectId holder = names.putIfAbsent(name, id);
    if (holder != null) {
      throw new CriException(
          ErrorCode.ALREADY_EXISTS,
          "Pod " + Printable.of(name.toString()) + " exists already as sandbox " + holder
              + "; remove it first or use another attempt.");
    }
  }

  void release(PodName name, ObjectId id) {
    names.remove(name, id);
  }

  /** Puts a new pod on disk and into memory; its record's state says whether it is visible. */
  Sandbox add(SandboxRecord record, io.crij.cri.PodSandboxConfig config) throws IOException {
    write(record);
    Sandbox sandbox = new Sandbox(record, config);
    byId.put(record.id(), sandbox);
    return sandbox;
  }

  /** Writes the record, then shows it. Callers hold the pod's turn ({@link Sandbox#exclusively}). */
  void update(Sandbox sandbox, SandboxRecord next) throws IOException {
    write(next);
    show(sandbox, next);
  }

  /** As {@link #update}, with a new configuration as well, which the record holds. */
  void update(Sandbox sandbox, SandboxRecord next, io.crij.cri.PodSandboxConfig config) throws IOException {
    write(next);
    sandbox.configure(config);
    show(sandbox, next);
  }

  private void show(Sandbox sandbox, SandboxRecord next) {
    SandboxState before = sandbox.record().state();
    sandbox.show(next);
    if (before != SandboxState.READY && next.state() == SandboxState.READY) {
      listener.changed(PodListener.Change.READY, PodSandboxStatus.status(sandbox));
    } else if (before == SandboxState.READY && next.state() != SandboxState.READY) {
      listener.changed(PodListener.Change.NOT_READY, PodSandboxStatus.status(sandbox));
    }
  }

  /**
   * As {@link #update}, for what ends a pod: it goes on where the record cannot be written, for a full disk is cleared by ending
   * things. The next daemon finds it out again from the kernel, and each step may be taken twice.
   */
  void note(Sandbox sandbox, SandboxRecord next) {
    try {
      write(next);
    } catch (IOException e) {
      LOG.warn("What becomes of sandbox {} could not be written down: {}", sandbox.id(), Failures.reason(e));
    }
    show(sandbox, next);
  }

  /** Removes the pod for good: a power cut does not bring it back. Its name is free again. */
  void delete(Sandbox sandbox) throws IOException {
    RecordFile.delete(folders.record(sandbox.id()), Durability.POWER_LOSS);
    forget(sandbox);
    listener.changed(PodListener.Change.REMOVED, PodSandboxStatus.status(sandbox));
  }

  /** Removes a pod that was never ready: if a power cut brings the record back, the next start rolls it back again. */
  void drop(Sandbox sandbox) throws IOException {
    RecordFile.delete(folders.record(sandbox.id()), Durability.PROCESS_CRASH);
    forget(sandbox);
  }

  private void forget(Sandbox sandbox) {
    byId.remove(sandbox.id().hex(), sandbox);
    release(sandbox.name(), sandbox.id());
  }

  /**
   * The pod with this id or with an id that begins like this; nothing if there is none or it is still being made.
   *
   * @throws CriException INVALID_ARGUMENT if more than one begins like this
   */
  Optional<Sandbox> find(String idOrPrefix) {
    if (!ObjectId.isPrefix(idOrPrefix)) {
      return Optional.empty();
    }
    Sandbox found = null;
    for (Sandbox sandbox : byId.tailMap(idOrPrefix, true).values()) {
      if (!sandbox.id().hex().startsWith(idOrPrefix)) {
        break;
      }
      if (!sandbox.visible()) {
        continue;
      }
      if (found != null) {
        throw CriException.invalid(
            "Sandbox id '" + idOrPrefix + "' is the beginning of more than one; give more characters of it.");
      }
      found = sandbox;
    }
    return Optional.ofNullable(found);
  }

  /** As {@link #find}, for callers that need it. */
  Sandbox get(String idOrPrefix) {
    return find(idOrPrefix)
        .orElseThrow(() -> CriException.notFound("Sandbox '" + Printable.of(idOrPrefix) + "' does not exist on this node."));
  }

  /** The pods that List shows, oldest first. */
  List<Sandbox> visible() {
    return all().stream()
        .filter(Sandbox::visible)
        .sorted(Comparator.comparingLong(sandbox -> sandbox.record().createdAtNanos()))
        .toList();
  }

  /** Every pod, also those in the making. */
  List<Sandbox> all() {
    return List.copyOf(byId.values());
  }

  /**
   * Reads all records into memory, for the start of the daemon. One that cannot be read is moved to quarantine with the
   * reason beside it, and costs the node that pod only: {@link #torn} says which those are.
   */
  List<Sandbox> load() throws IOException {
    Files.createDirectories(folders.records());
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folders.records())) {
      found.forEach(files::add);
    }
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".tmp")) {
        Files.delete(file);
      } else if (name.endsWith(".json")) {
        loadOne(file);
      }
    }
    return all();
  }

  private void loadOne(Path file) {
    try {
      SandboxRecord record =
          RecordFile.read(file, SandboxRecord.FORMAT, SandboxRecord.VERSION, SandboxRecord.class)
              .orElseThrow(() -> new IOException("record " + file + " vanished while it was read"));
      Sandbox sandbox = new Sandbox(record, record.decodeConfig());
      byId.put(sandbox.id().hex(), sandbox);
      if (record.holdsName()) {
        names.put(sandbox.name(), sandbox.id());
      }
    } catch (IOException
        | IllegalArgumentException
        | CriException e) {
      setAside(file, String.valueOf(e.getMessage()));
      LOG.error("A pod's record cannot be read and is set aside in {}: {}", folders.quarantine(), e.getMessage());
    }
  }

  private void setAside(Path file, String why) {
    String name = String.valueOf(file.getFileName());
    String hex = name.substring(0, name.length() - ".json".length());
    if (ObjectId.isValid(hex)) {
      torn.add(new ObjectId(hex));
    }
    try {
      RecordFile.quarantine(file, folders.quarantine(), why);
    } catch (IOException e) {
      LOG.warn("{} stays: it cannot be moved to {}: {}", file, folders.quarantine(), Failures.reason(e));
    }
  }

  /** The pods whose records could not be read by {@link #load}. */
  Set<ObjectId> torn() {
    return Set.copyOf(torn);
  }

  private void write(SandboxRecord record) throws IOException {
    RecordFile.write(
        folders.record(record.objectId()), SandboxRecord.FORMAT, SandboxRecord.VERSION, record, Durability.PROCESS_CRASH);
  }
}
