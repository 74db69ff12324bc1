package io.crij.container.launch;

import io.crij.cgroups.DeviceRule;
import io.crij.cgroups.DeviceRules;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.helper.plan.DeviceType;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices of the host that a container gets, beyond those that every container has.
 *
 * @param nodes where they appear in the container
 * @param rules what the container's cgroup allows
 */
public record GrantedDevices(List<Node> nodes, DeviceRules rules) {
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

  private static String access(String field, String permissions) {
    if (permissions.isEmpty()) {
      return "rwm";
    }
    boolean letters = permissions.chars().allMatch(c -> c == 'r' || c == 'w' || c == 'm');
    if (!letters || permissions.chars().distinct().count() != permissions.length()) {
      throw Fields.invalid(field, "'" + Fields.printable(permissions) + "' is not made of r, w and m, each once");
    }
    return permissions;
  }
}
