package io.crij.sandbox;

import io.crij.core.CriException;
import io.crij.core.Printable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which kernel parameters a pod may set: those that its own namespaces hold, and no other. A key that is not namespaced would
 * be set for the node, so the list is of what is allowed.
 */
final class SysctlRules {
  private static final Set<String> IPC =
      Set.of(
          "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/msg_next_id",
          "kernel/sem", "kernel/sem_next_id",
          "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced", "kernel/shm_next_id");
  private static final int MAX_BYTES = 4096;
  private static final String PORTS = "net/ipv4/ip_unprivileged_port_start";
  private static final String PING = "net/ipv4/ping_group_range";

  private SysctlRules() {}

  /**
   * The parameters with slashes in their names, checked, with the defaults of a pod network first: ports below 1024 and
   * ping sockets need no capability in a namespace of one's own.
   *
   * @throws CriException INVALID_ARGUMENT naming the key
   */
  static Map<String, String> plan(Map<String, String> sysctls, NamespaceModes modes) {
    Map<String, String> plan = new LinkedHashMap<>();
    if (modes.ownNetwork()) {
      plan.put(PORTS, "0");
      plan.put(PING, "0 2147483647");
    }
    for (Map.Entry<String, String> entry : sysctls.entrySet()) {
      String path = path(entry.getKey());
      checkOwner(entry.getKey(), path, modes);
      checkValue(entry.getKey(), entry.getValue());
      plan.put(path, entry.getValue());
    }
    return plan;
  }

  /** The path below /proc/sys, by sysctl(8)'s rule: the first separator says whether dots or slashes separate. */
  private static String path(String key) {
    int dot = key.indexOf('.');
    int slash = key.indexOf('/');
    boolean dots = dot >= 0 && (slash < 0 || dot < slash);
    StringBuilder path = new StringBuilder(key.length());
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      path.append(!dots ? c : c == '.' ? '/' : c == '/' ? '.' : c);
    }
    if (key.length() > 256) {
      throw invalid(key, "the name is longer than 256 characters");
    }
    for (String part : path.toString().split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw invalid(key, "the name has an empty, '.' or '..' part");
      }
      if (!part.chars().allMatch(SysctlRules::mayStandInName)) {
        throw invalid(key, "the name has a character that no kernel parameter has");
      }
    }
    return path.toString();
  }

  private static boolean mayStandInName(int c) {
    return c > ' ' && c < 0x7f && c != '=' && c != '+' && c != '\\';
  }

  private static void checkOwner(String key, String path, NamespaceModes modes) {
    if (path.startsWith("net/")) {
      if (!modes.ownNetwork()) {
        throw invalid(key, "it belongs to the network, and this pod uses the node's (network NODE)");
      }
    } else if (IPC.contains(path) || path.startsWith("fs/mqueue/")) {
      if (!modes.ownIpc()) {
        throw invalid(key, "it belongs to the IPC namespace, and this pod uses the node's (ipc NODE)");
      }
    } else if (path.equals("kernel/domainname")) {
      if (!modes.ownNetwork()) {
        throw invalid(key, "it belongs to the UTS namespace, and a pod on the node's network uses the node's");
      }
    } else {
      throw invalid(key, "it is not held by a namespace of the pod: it would be set for the whole node");
    }
  }

  private static void checkValue(String key, String value) {
    if (value.length() > MAX_BYTES || value.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
      throw invalid(key, "its value is longer than " + MAX_BYTES + " characters or has a control character");
    }
  }

  private static CriException invalid(String key, String why) {
    return CriException.invalid("config.linux.sysctls: '" + Printable.of(key) + "' cannot be set for a pod: " + why + ".");
  }
}
