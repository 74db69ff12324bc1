package io.crij.container.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.cgroups.DeviceRule;
import io.crij.container.hooks.Hooks;
import io.crij.container.launch.Capabilities;
import io.crij.core.Json;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.Resource;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code config.json} of an OCI bundle (runtime specification 1.0.2), made of the launch plan: all decisions are the plan's, those of
 * plugins among them, so a container is the same whoever starts it. Pure.
 *
 * <p>What it leaves out: limits, since the daemon makes the control group; {@code oomScoreAdj}, since a runtime fails where the node
 * refuses a lower one, and whoever starts it sets the nearest; links and nodes that every runtime makes in /dev.
 */
public final class OciConfig {
  private static final String VERSION = "1.0.2";
  private static final int DEFAULT_UMASK = 022;
  private static final int FILES_SOFT = 1024;
  private static final int FILES_HARD = 524_288;

  private final ObjectNode root = Json.OWN.createObjectNode();
  private final ObjectNode process = root.put("ociVersion", VERSION).putObject("process");
  private final ObjectNode linux;
  private final ArrayNode env;
  private final ArrayNode args;
  private final ArrayNode rlimits;
  private final ArrayNode devices;
  private final ArrayNode masked;
  private final ArrayNode readonly;
  private final OciMounts mounts;
  private boolean limitsFiles;

  private OciConfig(OciFacts facts) {
    process.put("terminal", false);
    process.putObject("user").put("uid", 0).put("gid", 0).put("umask", DEFAULT_UMASK);
    args = process.putArray("args");
    env = process.putArray("env");
    process.put("cwd", "/");
    rlimits = process.putArray("rlimits");
    process.put("noNewPrivileges", false);
    root.putObject("root").put("path", facts.rootfs().toString()).put("readonly", false);
    if (facts.hostname() != null) {
      root.put("hostname", facts.hostname());
    }
    mounts = new OciMounts(facts.mounts(), facts.shm(), root.putArray("mounts"));
    ObjectNode annotations = root.putObject("annotations");
    new TreeMap<>(facts.annotations()).forEach(annotations::put);
    linux = root.putObject("linux");
    linux.put("cgroupsPath", facts.cgroup());
    deviceRules(facts, linux.putObject("resources").putArray("devices"));
    ArrayNode namespaces = linux.putArray("namespaces");
    facts.namespaces().forEach(namespace -> add(namespaces, namespace));
    devices = linux.putArray("devices");
    masked = linux.putArray("maskedPaths");
    readonly = linux.putArray("readonlyPaths");
  }

  /** The file's bytes. */
  public static byte[] write(LaunchPlan plan, OciFacts facts) {
    return write(plan, facts, Hooks.NONE);
  }

  /** The same, with hooks. */
  public static byte[] write(LaunchPlan plan, OciFacts facts, Hooks hooks) {
    OciConfig config = new OciConfig(facts);
    if (!hooks.isEmpty()) {
      config.root.set("hooks", hooks.toOci());
    }
    plan.operations().forEach(operation -> config.add(operation, facts));
    if (!config.limitsFiles) {
      // A runtime fails where the node refuses a limit, and the built-in launcher takes the nearest.
      config.rlimit(new PlanOp.Rlimit(Resource.NOFILE, Math.min(FILES_SOFT, facts.mostFiles()), Math.min(FILES_HARD, facts.mostFiles())));
    }
    try {
      return Json.OWN.writeValueAsString(config.root).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("objects, lists, texts and numbers can always be written", e);
    }
  }

  private void add(PlanOp operation, OciFacts facts) {
    switch (operation) {
      case PlanOp.Source op -> mounts.source(op);
      case PlanOp.Root op -> linux.put("rootfsPropagation", propagation(op.propagation()));
      case PlanOp.Filesystem op -> mounts.filesystem(op);
      case PlanOp.Mount op -> mounts.mount(op);
      case PlanOp.PodShm op -> mounts.podShm(op);
      case PlanOp.Volume op -> mounts.volume(op);
      case PlanOp.Device op -> device(op);
      case PlanOp.Mask op -> masked.add(op.path());
      case PlanOp.Readonly op -> readonly.add(op.path());
      case PlanOp.Console op -> console(op);
      case PlanOp.Sysctl op -> linux.withObjectProperty("sysctl").put(op.key().replace('/', '.'), op.value());
      case PlanOp.Pivot op -> root.withObjectProperty("root").put("readonly", op.readonlyRoot());
      case PlanOp.Rlimit op -> rlimit(op);
      case PlanOp.Cwd op -> process.put("cwd", op.path());
      case PlanOp.Ids op -> ids(op);
      case PlanOp.Caps op -> capabilities(op);
      case PlanOp.NoNewPrivs op -> process.put("noNewPrivileges", true);
      case PlanOp.Seccomp op -> seccomp(op, facts);
      case PlanOp.Env op -> env.add(op.name() + "=" + op.value());
      case PlanOp.Arg op -> args.add(op.value());
      case PlanOp.Umask op -> process.withObjectProperty("user").put("umask", op.value());
      case PlanOp.AppArmor op -> process.put("apparmorProfile", op.profile());
      case PlanOp.User op -> {} // the user namespace is the pod's; who starts the container is in it
      // Who starts the container does these, or the runtime does them for every container.
      case PlanOp.Cgroup op -> {}
      case PlanOp.DeviceProgram op -> {}
      case PlanOp.Join op -> {}
      case PlanOp.OomScoreAdj op -> {}
      case PlanOp.Overlay op -> {}
      case PlanOp.Image op -> {}
      case PlanOp.Enter op -> {}
      case PlanOp.Folder op -> {}
      case PlanOp.Symlink op -> {}
      case PlanOp.Hold op -> {}
      // Hooks stand in the file by themselves: the runtime runs those of every stage.
      case PlanOp.CreateHook op -> {}
      case PlanOp.StartHook op -> {}
      case PlanOp.Runtime op -> {}
    }
  }

  private static void add(ArrayNode namespaces, OciNamespace namespace) {
    ObjectNode node = namespaces.addObject().put("type", namespace.type());
    if (namespace.path() != null) {
      node.put("path", namespace.path());
    }
  }

  /** Everything is denied, then each rule in order. */
  private static void deviceRules(OciFacts facts, ArrayNode rules) {
    rules.addObject().put("allow", false).put("access", "rwm");
    for (DeviceRule rule : facts.devices().rules()) {
      ObjectNode node = rules.addObject().put("allow", rule.allow());
      switch (rule.type()) {
        case BLOCK -> node.put("type", "b");
        case CHARACTER -> node.put("type", "c");
        case ALL -> node.put("type", "a");
      }
      // A number that is not there stands for every number.
      if (rule.major() != DeviceRule.ANY) {
        node.put("major", rule.major());
      }
      if (rule.minor() != DeviceRule.ANY) {
        node.put("minor", rule.minor());
      }
      node.put("access", rule.access());
    }
  }

  private static String propagation(Propagation propagation) {
    return switch (propagation) {
      case LEAVE, SLAVE -> "rslave";
      case PRIVATE -> "rprivate";
      case SHARED -> "rshared";
    };
  }

  private void device(PlanOp.Device device) {
    devices
        .addObject()
        .put("path", device.path())
        .put("type", device.type() == DeviceType.BLOCK ? "b" : device.type() == DeviceType.FIFO ? "p" : "c")
        .put("major", device.major())
        .put("minor", device.minor())
        .put("fileMode", device.mode())
        .put("uid", device.uid())
        .put("gid", device.gid());
  }

  private void console(PlanOp.Console console) {
    process.put("terminal", true);
    if (console.columns() > 0 && console.rows() > 0) {
      process.putObject("consoleSize").put("height", console.rows()).put("width", console.columns());
    }
  }

  private void rlimit(PlanOp.Rlimit limit) {
    limitsFiles |= limit.resource() == Resource.NOFILE;
    // Both are unsigned there: "unlimited" is the largest number.
    rlimits
        .addObject()
        .put("type", "RLIMIT_" + limit.resource())
        .put("soft", new BigInteger(Long.toUnsignedString(limit.soft())))
        .put("hard", new BigInteger(Long.toUnsignedString(limit.hard())));
  }

  private void ids(PlanOp.Ids ids) {
    ObjectNode user = process.withObjectProperty("user").put("uid", ids.uid()).put("gid", ids.gid());
    ids.groups().forEach(user.putArray("additionalGids")::add);
  }

  private void capabilities(PlanOp.Caps caps) {
    ObjectNode sets = process.putObject("capabilities");
    Map<String, Long> masks =
        Map.of(
            "bounding", caps.bounding(),
            "effective", caps.effective(),
            "permitted", caps.permitted(),
            "inheritable", caps.inheritable(),
            "ambient", caps.ambient());
    new TreeMap<>(masks).forEach((set, mask) -> Capabilities.names(mask).forEach(sets.putArray(set)::add));
  }

  private void seccomp(PlanOp.Seccomp op, OciFacts facts) {
    String json = facts.seccomp();
    if (json == null) {
      throw new IllegalArgumentException("the plan has a filter, and no profile was given for config.json");
    }
    try {
      ObjectNode profile = Json.OWN.readValue(json, ObjectNode.class);
      ArrayNode flags = profile.putArray("flags");
      Set.copyOf(op.flags()).stream().sorted().forEach(flag -> flags.add("SECCOMP_FILTER_FLAG_" + flag));
      linux.set("seccomp", profile);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a profile that was written here cannot be read", e);
    }
  }
}
