package io.crij.container.launch;

import io.crij.cgroups.DeviceRule;
import io.crij.cgroups.DeviceRules;
import io.crij.container.cdi.CdiEdits;
import io.crij.core.Printable;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.DeviceType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The devices of the host that a container gets, beyond those that every container has.
 *
 * @param nodes where they appear in the container
 * @param rules what the container's cgroup allows
 */
public record GrantedDevices(List<Node> nodes, DeviceRules rules) {
  private static final int OWNER_ONLY = 0600;

  /** A device of the host at a path of the container. */
  public record Node(String target, HostDevice device) {}

  public GrantedDevices {
    nodes = List.copyOf(nodes);
  }

  /**
   * What the request names; a privileged container gets all devices of the node.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT, naming the field
   */
  public static GrantedDevices of(ContainerConfig config, boolean privileged, HostDevices host) {
    List<Node> nodes = new ArrayList<>();
    if (privileged) {
      host.all().forEach(device -> nodes.add(new Node(device.path(), device)));
    }
    List<DeviceRule> rules = new ArrayList<>();
    for (int i = 0; i < config.getDevicesCount(); i++) {
      Device asked = config.getDevices(i);
      String field = "config.devices[" + i + "]";
      String hostPath = Fields.absolutePath(field + ".host_path", asked.getHostPath());
      String target =
          asked.getContainerPath().isEmpty()
              ? hostPath
              : Fields.absolutePath(field + ".container_path", asked.getContainerPath());
      String access = access(field + ".permissions", asked.getPermissions());
      for (HostDevice device : host.at(field + ".host_path", hostPath)) {
        String at = target + device.path().substring(hostPath.length());
        nodes.removeIf(node -> node.target.equals(at));
        nodes.add(new Node(at, device));
        DeviceRule.Type type =
            device.type() == DeviceType.BLOCK ? DeviceRule.Type.BLOCK : DeviceRule.Type.CHARACTER;
        rules.add(new DeviceRule(type, device.major(), device.minor(), access, true));
      }
    }
    return new GrantedDevices(nodes, privileged ? DeviceRules.ALLOW_ALL : DeviceRules.DEFAULT.with(rules));
  }

  /**
   * These, and the device nodes that CDI devices need.
   *
   * @param user the program's, to whom a node without an owner belongs
   * @param mapping of the pod's user namespace, null for the host's
   */
  public GrantedDevices plus(List<CdiEdits.Node> more, ProcessUser user, @Nullable UserMapping mapping, HostDevices host) {
    List<Node> all = new ArrayList<>(nodes);
    List<DeviceRule> granted = new ArrayList<>();
    for (CdiEdits.Node asked : more) {
      String target = Fields.absolutePath("CDI device node", asked.path());
      HostDevice device = cdiDevice(asked, user, mapping, host);
      all.removeIf(node -> node.target.equals(target));
      all.add(new Node(target, device));
      DeviceRule.Type type = device.type() == DeviceType.BLOCK ? DeviceRule.Type.BLOCK : DeviceRule.Type.CHARACTER;
      granted.add(new DeviceRule(type, device.major(), device.minor(), asked.permissions().isEmpty() ? "rwm" : asked.permissions(), true));
    }
    return new GrantedDevices(all, rules.equals(DeviceRules.ALLOW_ALL) ? rules : rules.with(granted));
  }

  private static HostDevice cdiDevice(CdiEdits.Node asked, ProcessUser user, @Nullable UserMapping mapping, HostDevices host) {
    String hostPath = Fields.absolutePath("CDI device node", asked.hostPath());
    long uid = inContainer(asked.uid(), user.uid());
    long gid = inContainer(asked.gid(), user.gid());
    if (mapping != null) {
      if (!mapping.has(uid) || !mapping.has(gid)) {
        throw Fields.invalid("CDI device node", "'" + Printable.of(asked.path()) + "' belongs to ids that the pod's user namespace does not have");
      }
      uid = mapping.uid(uid);
      gid = mapping.gid(gid);
    }
    if (!asked.type().isEmpty() && asked.major() != 0) {
      DeviceType type = asked.type().equals("b") ? DeviceType.BLOCK : DeviceType.CHARACTER;
      int mode = asked.mode() == null ? OWNER_ONLY : asked.mode();
      return new HostDevice(hostPath, type, asked.major(), asked.minor(), mode, uid, gid);
    }
    List<HostDevice> found = host.at("CDI device node", hostPath);
    if (found.size() != 1 || !found.getFirst().path().equals(hostPath)) {
      throw Fields.invalid("CDI device node", "'" + Printable.of(hostPath) + "' is not one device of this node");
    }
    HostDevice known = found.getFirst();
    int mode = asked.mode() == null ? known.mode() : asked.mode();
    return new HostDevice(hostPath, known.type(), known.major(), known.minor(), mode, uid, gid);
  }

  private static long inContainer(@Nullable Long asked, long ofProgram) {
    return asked == null ? ofProgram : asked;
  }

  private static String access(String field, String permissions) {
    if (permissions.isEmpty()) {
      return "rwm";
    }
    boolean letters = permissions.chars().allMatch(c -> c == 'r' || c == 'w' || c == 'm');
    if (!letters || permissions.chars().distinct().count() != permissions.length()) {
      throw Fields.invalid(field, "'" + Printable.of(permissions) + "' is not made of r, w and m, each once");
    }
    return permissions;
  }
}
