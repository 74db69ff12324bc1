package io.crij.container.oci;

import io.crij.helper.plan.PlanOp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A handler that is an OCI runtime: which program, and how it is called.
 *
 * @param name the handler's
 * @param program absolute
 * @param root where the runtime keeps its state
 * @param options given before the command, such as {@code --platform=ptrace}
 */
public record OciRuntime(String name, Path program, Path root, List<String> options) {
  /** All that it gets: looking for helpers in the usual folders. */
  static final List<String> ENVIRONMENT = List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private static final int TIMEOUT_MILLIS = 120_000;

  public OciRuntime {
    options = List.copyOf(options);
  }

  /** How it makes and starts a container. */
  public PlanOp.Runtime launch(OciBundle bundle, String container, boolean terminal, String cgroup2Folder) {
    List<String> create = command(bundle, "create", "--bundle", bundle.folder().toString(), "--pid-file", "pid");
    if (terminal) {
      create.addAll(List.of("--console-socket", "tty"));
    }
    create.add(container);
    return new PlanOp.Runtime(
        ENVIRONMENT, cgroup2Folder, TIMEOUT_MILLIS, create, command(bundle, "start", container), delete(bundle, container), List.of(), List.of(), List.of());
  }

  /** Removes what it knows of a container, after killing it. It says nothing of one that it does not know. */
  List<String> delete(OciBundle bundle, String container) {
    return command(bundle, "delete", "--force", container);
  }

  private List<String> command(OciBundle bundle, String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--root", root.toString(), "--log", bundle.log().toString(), "--log-format", "json"));
    command.addAll(options);
    command.addAll(List.of(words));
    return command;
  }
}
