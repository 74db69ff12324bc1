package io.crij.container.oci;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.helper.ProgramRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handlers of this node that are OCI runtimes. */
public final class OciRuntimes {
  private static final Logger LOG = LoggerFactory.getLogger(OciRuntimes.class);
  private static final Set<String> BUILT_IN = Set.of("", "crij");
  private static final Duration DELETE_DEADLINE = Duration.ofSeconds(30);
  private static final int MAX_OUTPUT = 4096;
  private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private final Map<String, OciRuntime> byName;
  private final ProgramRunner programs;

  /** @param programs runs their commands */
  public OciRuntimes(List<OciRuntime> runtimes, ProgramRunner programs) {
    this.byName = runtimes.stream().collect(Collectors.toUnmodifiableMap(OciRuntime::name, runtime -> runtime));
    this.programs = programs;
  }

  /** A node that has the built-in launcher alone. */
  public static OciRuntimes none() {
    return new OciRuntimes(
        List.of(),
        program -> {
          throw new IOException("there is no runtime to call");
        });
  }

  /**
   * The runtime of a pod; nothing for the built-in launcher.
   *
   * @throws CriException FAILED_PRECONDITION if the handler is not configured any more
   */
  public Optional<OciRuntime> of(String handler) {
    if (BUILT_IN.contains(handler)) {
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
   * Has the runtime forget a container that does not run any more, if there is one to forget. What cannot be removed is logged: it holds
   * neither processes nor names.
   */
  public void delete(OciBundle bundle, String container) {
    for (OciRuntime runtime : byName.values()) {
      if (knows(runtime, container)) {
        delete(runtime, bundle, container);
      }
    }
  }

  /** By the names of its state's files, which begin with the container's. */
  private static boolean knows(OciRuntime runtime, String container) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(runtime.root(), container + "*")) {
      return entries.iterator().hasNext();
    } catch (IOException e) {
      return false;
    }
  }

  private void delete(OciRuntime runtime, OciBundle bundle, String container) {
    List<String> command = runtime.delete(bundle, container);
    try {
      ProgramRunner.Outcome outcome =
          programs.run(new ProgramRunner.Program(runtime.program(), command, ENVIRONMENT, new byte[0], DELETE_DEADLINE, MAX_OUTPUT));
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
