package io.crij.container;

import com.google.protobuf.InvalidProtocolBufferException;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.ObjectId;
import io.crij.core.Printable;
import io.crij.core.RecordFile;
import io.crij.core.RecordFile.Durability;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.helper.syscall.TreeRemoval;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All containers of the node: in memory for those who ask, on disk for the next daemon. A change is written before it is shown;
 * nothing here waits for the disk to sync.
 */
public final class ContainerStore {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStore.class);
  private static final String RECORD = "record.json";
  private static final String QUARANTINE = "quarantine";

  private final Path folder;
  private final ConcurrentSkipListMap<String, Container> byId = new ConcurrentSkipListMap<>();
  private final Map<ContainerName, ObjectId> names = new ConcurrentHashMap<>();

  /** Folders that {@link #load} found without a record that can be read. */
  private final List<Path> ownerless = new ArrayList<>();

  private volatile ContainerListener listener = (change, container) -> {};

  /** @param folder {@code <root>/containers}; made by {@link #load} */
  public ContainerStore(Path folder) {
    this.folder = folder;
  }

  /** From now on this one hears of changes, and no other. */
  void listen(ContainerListener next) {
    listener = next;
  }

  /** Says that a creation is complete. */
  void created(Container container) {
    listener.changed(ContainerListener.Change.CREATED, container);
  }

  /** The folder of a container: its record and its writable layer. */
  Path folder(ObjectId id) {
    return folder.resolve(id.shortHex());
  }

  /** Takes the name, or says which container has it. */
  void reserve(ContainerName name, ObjectId id) {
    ObjectId holder = names.putIfAbsent(name, id);
    if (holder != null) {
      throw new CriException(
          ErrorCode.ALREADY_EXISTS,
          "The name of " + name + " is held by container " + holder + "; remove it first or use another attempt.");
    }
  }

  void release(ContainerName name, ObjectId id) {
    names.remove(name, id);
  }

  /** Puts a new container on disk and shows it. Its folder exists. */
  Container add(ContainerRecord record, ContainerConfig config, LinuxContainerResources resources) throws IOException {
    write(record);
    Container container = new Container(record, config, resources);
    byId.put(record.id(), container);
    return container;
  }

  /**
   * Changes what happens to a container, on disk and then in memory.
   *
   * @return the record that holds now
   */
  ContainerRecord live(Container container, UnaryOperator<Life> change) {
    container.lock().lock();
    try {
      ContainerRecord old = container.record();
      Life next = change.apply(old.life());
      if (next.equals(old.life())) {
        return old;
      }
      ContainerRecord record = old.with(next);
      try {
        write(record);
      } catch (IOException e) {
        // What List and Status say must be true all the same; after a restart it is found out from the monitor again.
        LOG.warn("What became of container {} could not be written down: {}", container.id(), e.getMessage());
      }
      container.show(record, container.resources());
      tell(container, old.life().state(), next.state());
      return record;
    } finally {
      container.lock().unlock();
    }
  }

  private void tell(Container container, ContainerState before, ContainerState after) {
    if (before == after) {
      return;
    }
    switch (after) {
      case RUNNING -> listener.changed(ContainerListener.Change.STARTED, container);
      case EXITED -> listener.changed(ContainerListener.Change.STOPPED, container);
      case CREATED, UNKNOWN -> {}
    }
  }

  /** Puts new limits on disk and shows them. */
  void update(Container container, LinuxContainerResources resources) throws IOException {
    container.lock().lock();
    try {
      ContainerRecord record = container.record().withResources(Protos.encode(resources));
      write(record);
      container.show(record, resources);
    } finally {
      container.lock().unlock();
    }
  }

  /** Removes the record for good, a power cut does not bring it back; then the rest of the folder, and frees the name. */
  void delete(Container container) throws IOException {
    Path own = folder(container.id());
    RecordFile.delete(own.resolve(RECORD), Durability.POWER_LOSS);
    TreeRemoval.remove(own);
    forget(container);
    listener.changed(ContainerListener.Change.REMOVED, container);
  }

  /** Takes back what {@link #add} did, for a creation that failed; the folder is the caller's to remove. */
  void forget(Container container) {
    byId.remove(container.id().hex(), container);
    release(container.name(), container.id());
  }

  /**
   * The container with this id or with an id that begins like this.
   *
   * @throws CriException INVALID_ARGUMENT if more than one begins like this
   */
  Optional<Container> find(String idOrPrefix) {
    if (!ObjectId.isPrefix(idOrPrefix)) {
      return Optional.empty();
    }
    Container found = null;
    for (Map.Entry<String, Container> entry : byId.tailMap(idOrPrefix, true).entrySet()) {
      if (!entry.getKey().startsWith(idOrPrefix)) {
        break;
      }
      if (found != null) {
        throw CriException.invalid(
            "Container id '" + idOrPrefix + "' is the beginning of more than one; give more characters of it.");
      }
      found = entry.getValue();
    }
    return Optional.ofNullable(found);
  }

  /** As {@link #find}, for callers that need it. */
  Container get(String idOrPrefix) {
    return find(idOrPrefix)
        .orElseThrow(() -> CriException.notFound("Container '" + Printable.of(idOrPrefix) + "' does not exist on this node."));
  }

  /** All of them, oldest first. */
  List<Container> all() {
    return byId.values().stream().sorted(Comparator.comparingLong(c -> c.record().createdAtNanos())).toList();
  }

  /** Those of one pod, oldest first. */
  List<Container> of(ObjectId sandbox) {
    return byId.values().stream()
        .filter(container -> container.sandbox().equals(sandbox))
        .sorted(Comparator.comparingLong(c -> c.record().createdAtNanos()))
        .toList();
  }

  /**
   * Reads all records into memory, for the start of the daemon. One that cannot be read is moved to quarantine with the reason
   * beside it, and costs the node that container only.
   */
  List<Container> load() throws IOException {
    Files.createDirectories(folder);
    List<Path> folders = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
      found.forEach(folders::add);
    }
    for (Path own : folders) {
      if (!own.endsWith(QUARANTINE)) {
        loadOne(own);
      }
    }
    return all();
  }

  private void loadOne(Path own) {
    Path file = own.resolve(RECORD);
    try {
      Optional<ContainerRecord> found =
          RecordFile.read(file, ContainerRecord.FORMAT, ContainerRecord.VERSION, ContainerRecord.class);
      if (found.isEmpty()) {
        ownerless.add(own);
        return;
      }
      ContainerRecord record = found.get();
      Container container =
          new Container(record, Protos.config(record.config()), Protos.resources(record.resources()));
      byId.put(record.id(), container);
      names.put(container.name(), container.id());
    } catch (RecordFile.CorruptRecordException
        | InvalidProtocolBufferException
        | IllegalArgumentException
        | CriException e) {
      ownerless.add(own);
      setAside(file, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // It may be readable at the next start: nothing of it is touched, and the other containers are served.
      LOG.error("A container's record cannot be read, and the container is not served: {}: {}", file, e.getMessage());
    }
  }

  private void setAside(Path file, String why) {
    Path quarantine = folder.resolve(QUARANTINE);
    try {
      RecordFile.quarantine(file, quarantine, why);
      LOG.error("A container's record cannot be read and is set aside in {}: {}", quarantine, why);
    } catch (IOException e) {
      LOG.error("A container's record cannot be read ({}) nor set aside: {}", why, e.getMessage());
    }
  }

  /** Whether folders were found that belong to no container that is known. */
  boolean hasOwnerless() {
    return !ownerless.isEmpty();
  }

  /** Whether a container that runs has no record; not if its record is there and could only not be read this time. */
  boolean isStray(ObjectId id) {
    return !byId.containsKey(id.hex()) && (ownerless.contains(folder(id)) || Files.notExists(folder(id)));
  }

  /** Removes those folders; what stands on them must have ended. */
  void removeOwnerless() {
    for (Path own : ownerless) {
      try {
        TreeRemoval.remove(own);
      } catch (IOException e) {
        // One folder that cannot be removed must not keep the node's containers from being served.
        LOG.warn("The folder {} belongs to no container and stays until the next start: {}", own, e.getMessage());
      }
    }
    ownerless.clear();
  }

  private void write(ContainerRecord record) throws IOException {
    RecordFile.write(
        folder(record.objectId()).resolve(RECORD),
        ContainerRecord.FORMAT,
        ContainerRecord.VERSION,
        record,
        Durability.PROCESS_CRASH);
  }
}
