package io.crij.sandbox;

import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.helper.plan.Namespace;
import java.util.EnumSet;
import java.util.Set;

/** Which namespaces a pod has of its own. The UTS namespace goes with the network. */
public record NamespaceModes(NamespaceMode network, NamespaceMode pid, NamespaceMode ipc) {
  static NamespaceModes of(PodSandboxConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    return new NamespaceModes(options.getNetwork(), options.getPid(), options.getIpc());
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
