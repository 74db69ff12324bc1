package io.crij.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.Printable;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.SeccompFlag;
import io.crij.nri.api.LinuxSeccomp;
import io.crij.nri.api.LinuxSeccompArg;
import io.crij.nri.api.LinuxSyscall;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A seccomp filter that a plugin wrote, instead of the one that the request names. */
final class PluginSeccomp {
  private static final String FLAG = "SECCOMP_FILTER_FLAG_";

  private PluginSeccomp() {}

  /**
   * @param capabilities the container's bounding set, as a mask
   * @throws CriException INVALID_ARGUMENT if it is no filter; UNIMPLEMENTED for what this runtime cannot do
   */
  static PlanOp.Seccomp compile(LinuxSeccomp policy, SeccompProfiles profiles, long capabilities) {
    if (!policy.getListenerPath().isEmpty()) {
      throw new CriException(ErrorCode.UNIMPLEMENTED, "An NRI plugin sets a seccomp policy with a listener, which this runtime cannot serve.");
    }
    return new PlanOp.Seccomp(profiles.given(json(policy), "of an NRI plugin", capabilities), flags(policy.getFlagsList()));
  }

  private static Set<SeccompFlag> flags(List<String> names) {
    Set<SeccompFlag> flags = EnumSet.noneOf(SeccompFlag.class);
    for (String name : names) {
      SeccompFlag known = null;
      for (SeccompFlag flag : SeccompFlag.values()) {
        if (name.equals(FLAG + flag.name())) {
          known = flag;
        }
      }
      if (known == null) {
        throw new CriException(
            ErrorCode.UNIMPLEMENTED, "An NRI plugin sets a seccomp policy with flag '" + Printable.of(name) + "', which this runtime does not know.");
      }
      flags.add(known);
    }
    return flags;
  }

  /** In the form that profiles on disk have. */
  private static byte[] json(LinuxSeccomp policy) {
    ObjectNode root = Json.OWN.createObjectNode().put("defaultAction", policy.getDefaultAction());
    if (policy.hasDefaultErrno()) {
      root.put("defaultErrnoRet", policy.getDefaultErrno().getValue());
    }
    ArrayNode architectures = root.putArray("architectures");
    policy.getArchitecturesList().forEach(architectures::add);
    ArrayNode syscalls = root.putArray("syscalls");
    policy.getSyscallsList().forEach(rule -> add(syscalls.addObject(), rule));
    try {
      return Json.OWN.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw CriException.internal("The seccomp policy of an NRI plugin cannot be written as JSON: " + e.getOriginalMessage() + ".", e);
    }
  }

  private static void add(ObjectNode node, LinuxSyscall rule) {
    ArrayNode names = node.putArray("names");
    rule.getNamesList().forEach(names::add);
    node.put("action", rule.getAction());
    if (rule.hasErrnoRet()) {
      node.put("errnoRet", rule.getErrnoRet().getValue());
    }
    ArrayNode args = node.putArray("args");
    for (LinuxSeccompArg arg : rule.getArgsList()) {
      args.addObject()
          .put("index", arg.getIndex())
          .put("value", new BigInteger(Long.toUnsignedString(arg.getValue())))
          .put("valueTwo", new BigInteger(Long.toUnsignedString(arg.getValueTwo())))
          .put("op", arg.getOp());
    }
  }
}
