package io.crij.container;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Resource;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.KeyValue;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.POSIXRlimit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A launch plan as plugins adjusted it, where the CRI has no word for it or the image has the first one: environment, arguments,
 * resource limits of the process, seccomp filter, mode and owner of device nodes.
 */
final class AdjustedPlan {
  private static final String PREFIX = "RLIMIT_";

  private AdjustedPlan() {}

  /** @throws CriException INVALID_ARGUMENT, naming what cannot be set */
  static LaunchPlan of(LaunchPlan plan, ContainerAdjustment adjustment, SeccompProfiles profiles) {
    Map<String, String> env = new LinkedHashMap<>();
    List<PlanOp> program = new ArrayList<>();
    List<PlanOp> rest = new ArrayList<>();
    PlanOp.Seccomp filter = null;
    long capabilities = 0;
    for (PlanOp operation : plan.operations()) {
      switch (operation) {
        case PlanOp.Env variable -> env.put(variable.name(), variable.value());
        case PlanOp.Arg arg -> program.add(arg);
        case PlanOp.Device device -> rest.add(device(device, adjustment.getLinux().getDevicesList()));
        case PlanOp.Seccomp own -> filter = own;
        case PlanOp.Caps caps -> {
          capabilities = caps.bounding();
          rest.add(caps);
        }
        case PlanOp.Pivot pivot -> {
          rest.add(pivot);
          // Before the process gives up the right to raise them.
          adjustment.getRlimitsList().forEach(limit -> rest.add(rlimit(limit)));
        }
        default -> rest.add(operation);
      }
    }
    if (adjustment.getLinux().hasSeccompPolicy()) {
      filter = PluginSeccomp.compile(adjustment.getLinux().getSeccompPolicy(), profiles, capabilities);
    }
    if (filter != null) {
      rest.add(filter);
    }
    adjustment.getEnvList().forEach(variable -> change(env, variable));
    env.forEach((name, value) -> rest.add(new PlanOp.Env(name, value)));
    if (adjustment.getArgsCount() > 0) {
      program.clear();
      adjustment.getArgsList().forEach(word -> program.add(new PlanOp.Arg(text("args", word))));
    }
    rest.addAll(program);
    return new LaunchPlan(rest);
  }

  private static void change(Map<String, String> env, KeyValue variable) {
    String name = variable.getKey();
    if (name.startsWith("-")) {
      env.remove(name.substring(1));
      return;
    }
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw CriException.invalid("An NRI plugin sets '" + Printable.of(name) + "', which cannot be the name of a variable.");
    }
    env.put(text("env", name), text("env", variable.getValue()));
  }

  private static String text(String field, String value) {
    if (value.indexOf('\0') >= 0) {
      throw CriException.invalid("An NRI plugin puts a NUL character into " + field + ", which no program can be given.");
    }
    return value;
  }

  private static PlanOp.Rlimit rlimit(POSIXRlimit limit) {
    String name = limit.getType().toUpperCase(Locale.ROOT);
    for (Resource resource : Resource.values()) {
      if (name.equals(PREFIX + resource.name())) {
        if (Long.compareUnsigned(limit.getSoft(), limit.getHard()) > 0) {
          throw CriException.invalid(
              "An NRI plugin sets " + name + " to " + Long.toUnsignedString(limit.getSoft()) + ", above its hard limit "
                  + Long.toUnsignedString(limit.getHard()) + ".");
        }
        return new PlanOp.Rlimit(resource, limit.getSoft(), limit.getHard());
      }
    }
    throw CriException.invalid("An NRI plugin sets '" + Printable.of(limit.getType()) + "', which is no RLIMIT_ of Linux.");
  }

  private static PlanOp.Device device(PlanOp.Device node, List<LinuxDevice> asked) {
    for (LinuxDevice device : asked) {
      if (device.getPath().equals(node.path())) {
        return new PlanOp.Device(
            node.path(),
            node.type(),
            node.major(),
            node.minor(),
            device.hasFileMode() ? device.getFileMode().getValue() & 0777 : node.mode(),
            device.hasUid() ? Integer.toUnsignedLong(device.getUid().getValue()) : node.uid(),
            device.hasGid() ? Integer.toUnsignedLong(device.getGid().getValue()) : node.gid());
      }
    }
    return node;
  }
}
