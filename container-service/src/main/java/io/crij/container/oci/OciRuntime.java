package io.crij.container.oci;

import io.crij.helper.plan.LaunchPlan;
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
 * @param isolated whether containers are programs of a kernel of the runtime's own (gVisor), which the node's namespaces and signals do not reach;
 *     each container is one such sandbox, on the pod's network as it is
 * @param options given before the command, such as {@code --platform=ptrace}
 */
public record OciRuntime(String name, Path program, Path root, boolean isolated, List<String> options) {
  /** All that it gets: looking for helpers in the usual folders. */
  static final List<String> ENVIRONMENT = List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  /** What is known only when a command is run (PROTOCOL.md, RUNTIME). */
  private static final String PLACE = "{}";

  private static final Path NO_LOG = Path.of("/dev/null");

  /** Less than what a start may take at all, so that it is the command that is named. */
  private static final int TIMEOUT_MILLIS = 90_000;

  public OciRuntime {
    options = List.copyOf(options);
  }

  /** How it makes and starts a container. */
  public PlanOp.Runtime launch(OciBundle bundle, String container, LaunchPlan plan, String cgroup2Folder) {
    boolean terminal = plan.operations().stream().anyMatch(PlanOp.Console.class::isInstance);
    List<String> create = command(bundle, "create", "--bundle", bundle.folder().toString(), "--pid-file", "pid");
    if (terminal) {
      create.addAll(List.of("--console-socket", "tty"));
    }
    create.add(container);
    return new PlanOp.Runtime(
        ENVIRONMENT, cgroup2Folder, TIMEOUT_MILLIS, create, command(bundle, "start", container), delete(container),
        isolated ? command(bundle, "kill", container) : List.of(), List.of(), isolated ? exec(bundle, container, plan) : List.of(),
        isolated ? command(bundle, "ps", container) : List.of(), isolated ? command(bundle, "kill", "--pid", PLACE, container, "KILL") : List.of(), isolated);
  }

  /** As the container's first program is run. */
  private List<String> exec(OciBundle bundle, String container, LaunchPlan plan) {
    List<String> exec = command(bundle, "exec", "--internal-pid-file", PLACE);
    for (PlanOp operation : plan.operations()) {
      switch (operation) {
        case PlanOp.Ids op -> {
          exec.addAll(List.of("--user", op.uid() + ":" + op.gid()));
          op.groups().forEach(group -> exec.addAll(List.of("--additional-gids", group.toString())));
        }
        case PlanOp.Cwd op -> exec.addAll(List.of("--cwd", op.path()));
        case PlanOp.Env op -> exec.addAll(List.of("--env", op.name() + "=" + op.value()));
        default -> {}
      }
    }
    exec.add(container);
    return exec;
  }

  /** Removes what it knows of a container, after killing it. It says nothing of one that it does not know. */
  List<String> delete(String container) {
    // No log: the bundle may be gone, or going, and the last error in its log tells why a start failed.
    return command(NO_LOG, "delete", "--force", container);
  }

  private List<String> command(OciBundle bundle, String... words) {
    return command(bundle.log(), words);
  }

  private List<String> command(Path log, String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--root", root.toString(), "--log", log.toString(), "--log-format", "json"));
    if (isolated) {
      command.addAll(List.of("--network=host", "--ignore-cgroups"));
    }
    command.addAll(options);
    command.addAll(List.of(words));
    return command;
  }
}
