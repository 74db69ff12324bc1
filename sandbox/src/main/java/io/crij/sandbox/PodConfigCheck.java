package io.crij.sandbox;

import io.crij.cgroups.CgroupDriver;
import io.crij.cgroups.systemd.Slices;
import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PortMapping;
import io.crij.cri.RunPodSandboxRequest;
import java.util.Arrays;

/** Refuses a RunPodSandbox request that cannot work, before anything is made; each message names the field. */
final class PodConfigCheck {
  private static final String FIELD = "config.linux.cgroup_parent: ";
  private static final int MAX_HOSTNAME = 64;
  private static final int MAX_PATH = 4095;
  private static final int MAX_NAME = 253 * 16;

  private PodConfigCheck() {}

  /** On a node with the built-in launcher alone. */
  static void check(RunPodSandboxRequest request, CgroupDriver driver) {
    check(request, PodHandlers.DEFAULT, driver);
  }

  static void check(RunPodSandboxRequest request, PodHandlers handlers, CgroupDriver driver) {
    if (!request.hasConfig()) {
      throw CriException.invalid("config: a pod cannot be made without its configuration.");
    }
    PodSandboxConfig config = request.getConfig();
    NamespaceOption namespaces = config.getLinux().getSecurityContext().getNamespaceOptions();
    handlers.check(request.getRuntimeHandler(), namespaces.getUsernsOptions().getMode() == NamespaceMode.POD && namespaces.hasUsernsOptions());
    metadata(config);
    hostname(config.getHostname());
    absolute("config.log_directory", config.getLogDirectory());
    cgroupParent(config.getLinux().getCgroupParent(), driver);
    LinuxResources.check("config.linux.resources", config.getLinux().getResources());
    LinuxResources.check("config.linux.overhead", config.getLinux().getOverhead());
    security(config.getLinux().getSecurityContext());
    ResolvConf.check(config.getDnsConfig());
    for (PortMapping port : config.getPortMappingsList()) {
      ports(port);
    }
  }

  private static void metadata(PodSandboxConfig config) {
    if (!config.hasMetadata()) {
      throw CriException.invalid("config.metadata: a pod needs a name, a namespace and a uid.");
    }
    PodSandboxMetadata metadata = config.getMetadata();
    name("config.metadata.name", metadata.getName());
    name("config.metadata.namespace", metadata.getNamespace());
    name("config.metadata.uid", metadata.getUid());
  }

  private static void name(String field, String value) {
    if (value.isEmpty()) {
      throw CriException.invalid(field + ": it is empty; a pod needs a name, a namespace and a uid.");
    }
    // They travel in CNI_ARGS, where ';' and '=' separate, and in log lines. DNS rules are kubelet's business, not ours.
    if (value.length() > MAX_NAME || Printable.hasControl(value) || value.indexOf(';') >= 0 || value.indexOf('=') >= 0) {
      throw CriException.invalid(
          field + ": '" + Printable.of(value) + "' has a control character, ';' or '=', or is longer than " + MAX_NAME + " characters.");
    }
  }

  private static void hostname(String hostname) {
    if (hostname.length() > MAX_HOSTNAME) {
      throw CriException.invalid(
          "config.hostname: '" + Printable.of(hostname) + "' has " + hostname.length() + " characters; the kernel takes "
              + MAX_HOSTNAME + ".");
    }
    if (hostname.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || c == '/')) {
      throw CriException.invalid(
          "config.hostname: '" + Printable.of(hostname) + "' has a character that no host name has.");
    }
  }

  private static void absolute(String field, String path) {
    if (path.isEmpty()) {
      return;
    }
    if (!path.startsWith("/")) {
      throw CriException.invalid(field + ": '" + Printable.of(path) + "' is not an absolute path.");
    }
    if (path.length() > MAX_PATH || Printable.hasControl(path)) {
      throw CriException.invalid(
          field + ": '" + Printable.of(path) + "' has a control character or is longer than " + MAX_PATH + " bytes.");
    }
    if (Arrays.asList(path.split("/")).contains("..")) {
      throw CriException.invalid(field + ": '" + Printable.of(path) + "' has a '..' in it; give the path itself.");
    }
  }

  private static void cgroupParent(String parent, CgroupDriver driver) {
    if (!Slices.isSlice(parent) || parent.contains("/")) {
      // A slice may also be named without its path.
      absolute("config.linux.cgroup_parent", parent);
    }
    if (!parent.isEmpty() && PodCgroups.normal(parent).equals("/")) {
      throw CriException.invalid(
          "config.linux.cgroup_parent: '" + parent + "' is the root of all cgroups; a pod needs a folder below it.");
    }
    String last = Slices.unit(PodCgroups.normal(parent));
    if (driver == CgroupDriver.SYSTEMD && !parent.isEmpty()) {
      if (!Slices.isSlice(last)) {
        throw CriException.invalid(
            FIELD + "'" + Printable.of(parent)
                + "' is not a systemd slice, and this node uses the systemd driver; set kubelet's cgroupDriver to systemd, or cgroup.driver of crij to cgroupfs.");
      }
      Slices.path(last);
    }
    // With the other driver, folders of these names would stand beside systemd's units and fight with it for their limits.
    if (driver == CgroupDriver.CGROUPFS && Slices.isSlice(last)) {
      throw CriException.invalid(
          FIELD + "'" + Printable.of(parent)
              + "' is a systemd slice, and this node uses the cgroupfs driver; set kubelet's cgroupDriver to cgroupfs, or cgroup.driver of crij to systemd.");
    }
  }

  private static void security(LinuxSandboxSecurityContext security) {
    if (security.hasRunAsGroup() && !security.hasRunAsUser()) {
      throw CriException.invalid(
          "config.linux.security_context.run_as_group: it is given without run_as_user; give both or none.");
    }
    NamespaceOption options = security.getNamespaceOptions();
    String at = "config.linux.security_context.namespace_options.";
    oneOf(at + "network", options.getNetwork(), NamespaceMode.POD, NamespaceMode.NODE);
    oneOf(at + "ipc", options.getIpc(), NamespaceMode.POD, NamespaceMode.NODE);
    oneOf(at + "pid", options.getPid(), NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.NODE);
    if (UserNamespaces.of(NamespaceModes.USERNS_FIELD, options.hasUsernsOptions(), options.getUsernsOptions()) != null) {
      notOfTheHost(at + "pid", options.getPid());
      notOfTheHost(at + "ipc", options.getIpc());
    }
  }

  /** What the host owns, the pod's root may not change: programs that need it would fail later, and one by one. */
  private static void notOfTheHost(String field, NamespaceMode mode) {
    if (mode == NamespaceMode.NODE) {
      throw CriException.invalid(
          field + ": NODE is not possible for a pod with a user namespace of its own; use POD, or the host's user namespace.");
    }
  }

  private static void oneOf(String field, NamespaceMode mode, NamespaceMode... possible) {
    if (!Arrays.asList(possible).contains(mode)) {
      throw CriException.invalid(
          field + ": " + mode + " is not possible for a pod; it may be " + Arrays.toString(possible) + ".");
    }
  }

  private static void ports(PortMapping port) {
    if (port.getHostPort() < 0 || port.getHostPort() > 65535 || port.getContainerPort() < 0 || port.getContainerPort() > 65535) {
      throw CriException.invalid(
          "config.port_mappings: " + port.getHostPort() + " to " + port.getContainerPort() + " is not between 0 and 65535.");
    }
  }
}
