package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.helper.PidMode;
import io.crij.sandbox.ReadySandbox;

/**
 * Whose PID namespace a container is in.
 *
 * @param target id of the container with {@link PidMode#TARGET}, else empty
 */
record PidChoice(PidMode mode, String target) {
  private static final String FIELD = "config.linux.security_context.namespace_options.";

  /**
   * What the request asks for; one that says nothing, or POD, means what its pod has.
   *
   * @throws CriException INVALID_ARGUMENT or FAILED_PRECONDITION, naming the field, for a target that is none
   */
  static PidChoice of(ContainerStore store, LinuxContainerSecurityContext context, ReadySandbox pod) {
    NamespaceOption options = context.getNamespaceOptions();
    NamespaceMode asked = context.hasNamespaceOptions() ? options.getPid() : NamespaceMode.POD;
    NamespaceMode mode = asked == NamespaceMode.POD ? pod.modes().pid() : asked;
    return switch (mode) {
      case POD -> new PidChoice(PidMode.POD, "");
      case CONTAINER -> new PidChoice(PidMode.OWN, "");
      case NODE -> new PidChoice(PidMode.NODE, "");
      case TARGET -> new PidChoice(PidMode.TARGET, target(store, options.getTargetId(), pod));
      case UNRECOGNIZED -> throw CriException.invalid(FIELD + "pid: " + options.getPidValue() + " is not a mode that the CRI names.");
    };
  }

  private static String target(ContainerStore store, String id, ReadySandbox pod) {
    if (id.isEmpty()) {
      throw CriException.invalid(FIELD + "target_id: the PID mode TARGET needs the id of a container.");
    }
    Container target =
        store
            .find(id)
            .filter(container -> container.sandbox().equals(pod.id()))
            .orElseThrow(
                () ->
                    CriException.invalid(
                        FIELD + "target_id: container '" + Printable.of(id) + "' is not in sandbox " + pod.id().shortHex() + "."));
    if (target.state() != ContainerState.RUNNING) {
      throw CriException.precondition(FIELD + "target_id: container " + target.id() + " does not run.");
    }
    return target.id().hex();
  }
}
