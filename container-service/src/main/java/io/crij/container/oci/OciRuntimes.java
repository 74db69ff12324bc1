package io.crij.container.oci;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.helper.ProgramRunner;
import io.crij.helper.syscall.TreeRemoval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers of this node that are OCI runtimes. */
public final class OciRuntimes {
  private static final Logger LOG = LoggerFactory.getLogger(OciRuntimes.class);
  private static final Set<String> BUILT_IN = Set.of("", "crij");
  /** Poststop hooks run in it. */
  private static final Duration DELETE_DEADLINE = Duration.ofSeconds(30);

  /** For a container that a call waits for, and of which nothing runs. */
  public static final Duration SHORT_DEADLINE = Duration.ofSeconds(10);

  private static final int MAX_OUTPUT = 4096;
  private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private final @Nullable Path states;
  private final Map<String, OciRuntime> byName;
  private final ProgramRunner programs;

  /**
   * @param states the folder of the runtimes' states, one for each handler that names no other; null if there is none
   * @param programs runs their commands
   */
  public OciRuntimes(@Nullable Path states, List<OciRuntime> runtimes, ProgramRunner programs) {
    this.states = states;
    this.byName = runtimes.stream().collect(Collectors.toUnmodifiableMap(OciRuntime::name, runtime -> runtime));
    this.programs = programs;
  }

  /** A node that has the built-in launcher alone. */
  public static OciRuntimes none() {
    return new OciRuntimes(
        null,
        List.of(),
        program -> {
          throw new IOException("there is no runtime to call");
        });
  }

  /** Whether this is a name of the built-in launcher. */
  public boolean isBuiltIn(String handler) {
    return BUILT_IN.contains(handler);
  }

  /**
   * The runtime of a pod; nothing for the built-in launcher.
   *
   * @throws CriException FAILED_PRECONDITION if the handler is not configured any more
   */
  public Optional<OciRuntime> of(String handler) {
    if (isBuiltIn(handler)) {
      return Optional.empty();
    }
    OciRuntime runtime = byName.get(handler);
    if (runtime == null) {
      throw CriException.precondition(
          "The pod's runtime handler '" + Printable.of(handler) + "' is not configured on this node any more; configure it again, or make a new pod.");
    }
    return Optional.of(runtime);
  }

  /**
   * Has the runtime forget a container that does not run any more, if there is one to forget. What it does not forget, or what a handler
   * that is not configured any more knew, is removed: no process needs it. What cannot be removed is logged.
   */
  public void delete(String container) {
    delete(container, DELETE_DEADLINE);
  }

  /** As above, with less patience with the runtime. */
  public void delete(String container, Duration deadline) {
    for (OciRuntime runtime : byName.values()) {
      boolean asks;
      try {
        asks = !entries(runtime.root(), container).isEmpty();
      } catch (IOException e) {
        // Which removeEntries tells.
        asks = true;
      }
      if (asks) {
        delete(runtime, container, deadline);
      }
      removeEntries(runtime.root(), container);
    }
    unconfigured().forEach(folder -> removeEntries(folder, container));
  }

  /**
   * Remembers where the runtimes keep their states, for the day when a handler is not configured any more: a root outside of the folder of
   * all states gets a link in it. To be called after {@link #forgetUnconfigured}.
   */
  public void remember() {
    if (states == null || byName.values().stream().anyMatch(runtime -> real(states).startsWith(real(runtime.root())))) {
      // In the folder of all states are containers then.
      return;
    }
    for (OciRuntime runtime : byName.values()) {
      if (real(runtime.root()).startsWith(real(states))) {
        continue;
      }
      Path link = states.resolve(runtime.name());
      try {
        Files.createDirectories(states, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
          Files.createSymbolicLink(link, runtime.root());
        }
      } catch (IOException e) {
        LOG.warn("Where runtime handler '{}' keeps its state cannot be noted in {}: {}", runtime.name(), states, e.getMessage());
      }
    }
  }

  /**
   * Removes the states of handlers that are not configured any more, but for those of containers that are there: these are watched as
   * before, and can be stopped and removed.
   *
   * @param containers the ids of all containers
   */
  public void forgetUnconfigured(Collection<String> containers) {
    for (Path folder : unconfigured()) {
      List<Path> all;
      try {
        all = entries(folder, "");
      } catch (IOException e) {
        LOG.warn("The state of a runtime handler that is not configured any more, {}, cannot be read and stays: {}", folder, e.getMessage());
        continue;
      }
      long needed = containers.stream().filter(container -> all.stream().anyMatch(entry -> isNamed(entry, container))).count();
      if (needed > 0) {
        LOG.warn(
            "Runtime handler '{}' is not configured any more; of the containers that it started {} are there: what runs goes on, and can be stopped and removed, but nothing is made or started.",
            folder.getFileName(), needed);
      } else {
        LOG.info("The state of runtime handler '{}', which is not configured any more, is removed", folder.getFileName());
        remove(folder);
      }
    }
  }

  /** Folders, and links to those that {@link #remember} noted. */
  private List<Path> unconfigured() {
    try {
      return states == null ? List.of() : entries(states, "").stream().filter(folder -> byName.values().stream().noneMatch(runtime -> isOf(runtime, folder))).toList();
    } catch (IOException e) {
      LOG.warn("The folder of the states of all runtime handlers, {}, cannot be read: {}", states, e.getMessage());
      return List.of();
    }
  }

  /** Whether it is the runtime's folder, or holds that, or is in it: a configured root may be the folder of all states itself. */
  private static boolean isOf(OciRuntime runtime, Path folder) {
    Path root = real(runtime.root());
    Path other = real(folder);
    return root.startsWith(other) || other.startsWith(root);
  }

  /** The one name of a folder that may have several, by links. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      // It is not there, or not yet.
      Path above = folder.toAbsolutePath().normalize().getParent();
      return above == null ? folder : real(above).resolve(String.valueOf(folder.getFileName()));
    }
  }

  /** Those whose names begin with this: a container's state has its id, and maybe more. None if the folder is not there. */
  private static List<Path> entries(Path folder, String prefix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(entry -> isNamed(entry, prefix)).toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isNamed(Path entry, String prefix) {
    return String.valueOf(entry.getFileName()).startsWith(prefix);
  }

  private static void removeEntries(Path folder, String container) {
    try {
      entries(folder, container).forEach(OciRuntimes::remove);
    } catch (IOException e) {
      LOG.warn("Whether {} has something of container {} cannot be read: {}", folder, container, e.getMessage());
    }
  }

  private static void remove(Path entry) {
    try {
      TreeRemoval.remove(entry);
    } catch (IOException e) {
      LOG.warn("{} cannot be removed: {}", entry, e.getMessage());
    }
  }

  private void delete(OciRuntime runtime, String container, Duration deadline) {
    List<String> command = runtime.delete(container);
    try {
      ProgramRunner.Outcome outcome =
          programs.run(new ProgramRunner.Program(runtime.program(), command, ENVIRONMENT, new byte[0], deadline, MAX_OUTPUT));
      if (outcome.exitCode() != 0) {
        LOG.warn(
            "Runtime {} does not forget container {}: {}",
            runtime.name(), container, Printable.of(new String(outcome.stderr(), StandardCharsets.UTF_8).strip()));
      }
    } catch (IOException e) {
      LOG.warn("Runtime {} cannot be called to forget container {}: {}", runtime.name(), container, e.getMessage());
    }
  }
}
