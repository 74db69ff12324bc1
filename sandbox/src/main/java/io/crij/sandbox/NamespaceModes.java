package io.crij.sandbox;

import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.Namespace;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which namespaces a pod has of its own. The UTS namespace goes with the network.
 *
 * @param user the pod's user namespace, null for the host's
 */
public record NamespaceModes(NamespaceMode network, NamespaceMode pid, NamespaceMode ipc, @Nullable UserMapping user) {
  static final String USERNS_FIELD = "config.linux.security_context.namespace_options.userns_options";

  public NamespaceModes(NamespaceMode network, NamespaceMode pid, NamespaceMode ipc) {
    this(network, pid, ipc, null);
  }

  static NamespaceModes of(PodSandboxConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    UserMapping user = UserNamespaces.of(USERNS_FIELD, options.hasUsernsOptions(), options.getUsernsOptions());
    return new NamespaceModes(options.getNetwork(), options.getPid(), options.getIpc(), user);
  }

  public boolean ownNetwork() {
    return network == NamespaceMode.POD;
  }

  public boolean ownIpc() {
    return ipc == NamespaceMode.POD;
  }

  /** True if the containers share one PID namespace, with an init of the monitor as PID 1. */
  public boolean sharedPid() {
    return pid == NamespaceMode.POD;
  }

  /** The namespaces that the monitor makes. */
  Set<Namespace> own() {
    EnumSet<Namespace> own = EnumSet.noneOf(Namespace.class);
    if (ownNetwork()) {
      own.add(Namespace.NET);
      own.add(Namespace.UTS);
    }
    if (ownIpc()) {
      own.add(Namespace.IPC);
    }
    if (sharedPid()) {
      own.add(Namespace.PID);
    }
    return own;
  }
}
