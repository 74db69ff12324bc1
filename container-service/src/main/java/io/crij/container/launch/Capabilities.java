package io.crij.container.launch;

import io.crij.core.Printable;
import io.crij.cri.Capability;
import io.crij.cri.LinuxContainerSecurityContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The capability sets of a container, as masks of {@code 1L << CAP_*}.
 *
 * @param all the bounding, effective and permitted set
 * @param ambient the ambient and inheritable set: empty unless asked for, since an inheritable set alone lets a program take
 *     back what was dropped
 */
public record Capabilities(long all, long ambient) {
  /** The set that containerd gives. */
  private static final List<CapabilityName> DEFAULT =
      List.of(
          CapabilityName.CHOWN,
          CapabilityName.DAC_OVERRIDE,
          CapabilityName.FSETID,
          CapabilityName.FOWNER,
          CapabilityName.MKNOD,
          CapabilityName.NET_RAW,
          CapabilityName.SETGID,
          CapabilityName.SETUID,
          CapabilityName.SETFCAP,
          CapabilityName.SETPCAP,
          CapabilityName.NET_BIND_SERVICE,
          CapabilityName.SYS_CHROOT,
          CapabilityName.KILL,
          CapabilityName.AUDIT_WRITE);

  private static final String FIELD = "config.linux.security_context.capabilities.";

  /**
   * The sets asked for: {@code ALL} first, then single additions, then single removals; a privileged container has all.
   *
   * @param node what this node can give
   * @throws io.crij.core.CriException INVALID_ARGUMENT for a name that no kernel knows
   */
  public static Capabilities of(LinuxContainerSecurityContext context, long node) {
    if (context.getPrivileged()) {
      return new Capabilities(node, 0);
    }
    Capability asked = context.getCapabilities();
    long all = mask(DEFAULT);
    if (hasAll(asked.getAddCapabilitiesList())) {
      all = node;
    }
    if (hasAll(asked.getDropCapabilitiesList())) {
      all = 0;
    }
    long ambient = hasAll(asked.getAddAmbientCapabilitiesList()) ? node : 0;
    ambient |= mask(named("add_ambient_capabilities", asked.getAddAmbientCapabilitiesList()));
    all |= mask(named("add_capabilities", asked.getAddCapabilitiesList())) | ambient;
    long dropped = mask(named("drop_capabilities", asked.getDropCapabilitiesList()));
    return new Capabilities(all & ~dropped & node, ambient & ~dropped & node);
  }

  /** The names of the capabilities in a mask, with {@code CAP_}. */
  public static List<String> names(long mask) {
    List<String> names = new ArrayList<>();
    for (CapabilityName capability : CapabilityName.values()) {
      if ((mask & capability.bit()) != 0) {
        names.add("CAP_" + capability.name());
      }
    }
    return names;
  }

  private static boolean hasAll(List<String> names) {
    return names.stream().anyMatch(name -> name.toUpperCase(Locale.ROOT).equals("ALL"));
  }

  private static List<CapabilityName> named(String field, List<String> names) {
    List<CapabilityName> found = new ArrayList<>();
    for (String name : names) {
      if (!name.toUpperCase(Locale.ROOT).equals("ALL")) {
        found.add(
            CapabilityName.of(name)
                .orElseThrow(
                    () -> Fields.invalid(FIELD + field, "'" + Printable.of(name) + "' is not a capability of Linux")));
      }
    }
    return found;
  }

  private static long mask(List<CapabilityName> names) {
    return names.stream().mapToLong(CapabilityName::bit).reduce(0, (a, b) -> a | b);
  }
}
