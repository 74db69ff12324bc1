package io.crij.helper.plan;

import io.crij.core.CriException;
import io.crij.helper.plan.PlanOp.AppArmor;
import io.crij.helper.plan.PlanOp.Arg;
import io.crij.helper.plan.PlanOp.Caps;
import io.crij.helper.plan.PlanOp.Cgroup;
import io.crij.helper.plan.PlanOp.Console;
import io.crij.helper.plan.PlanOp.Cwd;
import io.crij.helper.plan.PlanOp.CreateHook;
import io.crij.helper.plan.PlanOp.Device;
import io.crij.helper.plan.PlanOp.DeviceProgram;
import io.crij.helper.plan.PlanOp.Enter;
import io.crij.helper.plan.PlanOp.Env;
import io.crij.helper.plan.PlanOp.Filesystem;
import io.crij.helper.plan.PlanOp.Folder;
import io.crij.helper.plan.PlanOp.Hold;
import io.crij.helper.plan.PlanOp.Ids;
import io.crij.helper.plan.PlanOp.Image;
import io.crij.helper.plan.PlanOp.Join;
import io.crij.helper.plan.PlanOp.Mask;
import io.crij.helper.plan.PlanOp.Mount;
import io.crij.helper.plan.PlanOp.NoNewPrivs;
import io.crij.helper.plan.PlanOp.OomScoreAdj;
import io.crij.helper.plan.PlanOp.Overlay;
import io.crij.helper.plan.PlanOp.Pivot;
import io.crij.helper.plan.PlanOp.PodShm;
import io.crij.helper.plan.PlanOp.Readonly;
import io.crij.helper.plan.PlanOp.Rlimit;
import io.crij.helper.plan.PlanOp.Root;
import io.crij.helper.plan.PlanOp.Runtime;
import io.crij.helper.plan.PlanOp.Seccomp;
import io.crij.helper.plan.PlanOp.Source;
import io.crij.helper.plan.PlanOp.StartHook;
import io.crij.helper.plan.PlanOp.Symlink;
import io.crij.helper.plan.PlanOp.Sysctl;
import io.crij.helper.plan.PlanOp.Umask;
import io.crij.helper.plan.PlanOp.User;
import io.crij.helper.plan.PlanOp.Volume;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules of PROTOCOL.md section 4 that types do not express: bounds, phases, slots filled before use. {@code crij-pod} checks
 * the same; here a broken rule names its operation before anything has been started.
 */
final class PlanRules {
  private static final int MAX_PATH_BYTES = 4096;
  private static final int MAX_PROFILE_BYTES = 1024;
  private static final int MAX_HOLD_NAME_BYTES = 64;
  private static final int MAX_HOLD_MS = 600_000;
  private static final int MAX_RUNTIME_MS = 3_600_000;
  private static final int MAX_SYSCTL_KEY = 256;
  private static final int MAX_GROUPS = 65536;
  private static final int MAX_FILTER_INSTRUCTIONS = 4096;
  private static final int MAX_HOOK_MILLIS = 3600 * 1000;
  private static final int INSTRUCTION_BYTES = 8;
  private static final long MAX_ID = 0xFFFF_FFFEL;
  private static final Set<Namespace> JOINABLE = Set.of(Namespace.NET, Namespace.IPC, Namespace.UTS);

  private final BitSet used = new BitSet(PlanOp.SLOTS);
  private final BitSet filled = new BitSet(PlanOp.SLOTS);
  private final Set<Class<?>> seenOnce = new HashSet<>();
  private Phase phase = Phase.HOST;
  private boolean rooted;
  private boolean hasProgram;
  private boolean hasUser;
  private boolean hasBundle;

  private PlanRules() {}

  /**
   * @throws CriException INVALID_ARGUMENT, naming the operation
   */
  static void check(List<PlanOp> operations) {
    if (operations.size() >= LaunchPlan.MAX_OPERATIONS) {
      throw CriException.invalid(
          "The launch plan has %d operations, more than %d: give the container fewer mounts, devices, variables or arguments."
              .formatted(operations.size() + 1, LaunchPlan.MAX_OPERATIONS));
    }
    PlanRules rules = new PlanRules();
    for (int i = 0; i < operations.size(); i++) {
      PlanOp operation = operations.get(i);
      try {
        rules.inPhase(operation);
        rules.check(operation);
      } catch (Broken e) {
        throw CriException.invalid(
            "Operation %d of the launch plan (%s) is not allowed: %s."
                .formatted(i, operation.getClass().getSimpleName(), e.getMessage()));
      }
    }
    if (rules.phase != Phase.CONTAINER || !rules.hasProgram) {
      throw CriException.invalid("The launch plan is not complete: it needs Enter, Root, Pivot or Runtime, and an Arg.");
    }
  }

  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Broken(String rule) {
      super(rule, null, false, false);
    }
  }

  private void inPhase(PlanOp operation) {
    if (operation instanceof Hold) {
      require(phase != Phase.CONTAINER, "nothing is held after Pivot");
      return;
    }
    require(Phase.of(operation) == phase, "it does not belong into this phase of the plan");
    if (isOnce(operation)) {
      require(seenOnce.add(operation.getClass()), "it is there already");
    }
    switch (operation) {
      case Enter op -> phase = Phase.SEED;
      case Root op -> rooted = true;
      case Pivot op -> {
        require(rooted, "there is no root to go into");
        phase = Phase.CONTAINER;
      }
      case Runtime op -> {
        require(rooted && hasBundle && !hasUser, "a runtime needs a bundle with a root in it, outside of user namespaces");
        phase = Phase.CONTAINER;
      }
      case Sysctl op -> {}
      default -> require(phase != Phase.SEED || rooted, "there is no root yet to mount or make anything in");
    }
  }

  private static boolean isOnce(PlanOp operation) {
    return switch (operation) {
      case Join op -> true;
      case OomScoreAdj op -> true;
      case Enter op -> true;
      case Root op -> true;
      case Console op -> true;
      case Pivot op -> true;
      case Cwd op -> true;
      case Ids op -> true;
      case Caps op -> true;
      case NoNewPrivs op -> true;
      case Seccomp op -> true;
      case Umask op -> true;
      case User op -> true;
      case AppArmor op -> true;
      default -> false;
    };
  }

  private void check(PlanOp operation) {
    switch (operation) {
      case Cgroup op -> absolute(op.tasksFile());
      case DeviceProgram op -> {
        absolute(op.folder());
        program(op.code());
      }
      case Join op ->
          require(
              !op.namespaces().isEmpty() && JOINABLE.containsAll(op.namespaces()), "only NET, IPC and UTS are joined");
      case OomScoreAdj op -> range(op.value(), -1000, 1000, "the score adjustment");
      case User op -> {
        hostId(op.uid());
        hostId(op.gid());
        hostId(op.stdio());
        hasUser = true;
      }
      case Image op -> {
        fill(op.slot());
        absolute(op.base());
        lowers(op.lowers());
        mapped(op.mapped());
      }
      case Source op -> {
        mapped(op.mapped());
        fill(op.slot());
        absolute(op.path());
      }
      case Overlay op -> overlay(op);
      case Hold op -> {
        text(op.name());
        range(op.name().getBytes(StandardCharsets.UTF_8).length, 1, MAX_HOLD_NAME_BYTES, "the length of the hold's name");
        range(op.patienceMs(), 1, MAX_HOLD_MS, "the patience of the hold");
      }
      case Enter op -> {
        if (!op.bundle().isEmpty()) {
          absolute(op.bundle());
          hasBundle = true;
        }
      }
      case Root op -> take(op.slot());
      case Filesystem op -> {
        absolute(op.target());
        op.options().forEach(PlanRules::option);
      }
      case Mount op -> {
        if (!op.part().isEmpty()) {
          path(op.part());
        }
        take(op.slot());
        absolute(op.target());
      }
      case PodShm op -> absolute(op.target());
      case Folder op -> {
        plain(op.path());
        owner(op.mode(), op.uid(), op.gid());
      }
      case Device op -> device(op);
      case Symlink op -> {
        plain(op.path());
        path(op.value());
      }
      case Volume op -> {
        take(op.slot());
        absolute(op.target());
      }
      case Mask op -> absolute(op.path());
      case Readonly op -> absolute(op.path());
      case Console op -> {
        range(op.columns(), 0, 0xFFFF, "the columns");
        range(op.rows(), 0, 0xFFFF, "the rows");
      }
      case Sysctl op -> {
        text(op.key());
        text(op.value());
        require(!op.key().isEmpty() && op.key().length() <= MAX_SYSCTL_KEY, "the key of a sysctl is empty or too long");
        bytes(op.value());
      }
      case Pivot op -> {}
      case Runtime op -> {
        range(op.timeoutMillis(), 1, MAX_RUNTIME_MS, "the time for the runtime");
        if (!op.cgroup2Folder().isEmpty()) {
          absolute(op.cgroup2Folder());
        }
        op.environment().forEach(PlanRules::text);
        command(op.create(), true);
        command(op.start(), true);
        command(op.delete(), true);
        command(op.signal(), false);
        command(op.await(), false);
        command(op.exec(), false);
        command(op.processes(), false);
        command(op.end(), false);
      }
      case Rlimit op ->
          require(Long.compareUnsigned(op.soft(), op.hard()) <= 0, "the soft limit is above the hard one");
      case Cwd op -> absolute(op.path());
      case Ids op -> {
        id(op.uid());
        id(op.gid());
        require(op.groups().size() <= MAX_GROUPS, "the kernel takes 65536 groups");
        op.groups().forEach(PlanRules::id);
      }
      case Caps op -> {}
      case NoNewPrivs op -> {}
      case Seccomp op -> {
        program(op.filter());
        require(
            op.filter().length() <= MAX_FILTER_INSTRUCTIONS * INSTRUCTION_BYTES,
            "the kernel takes 4096 instructions of a filter");
      }
      case Env op -> {
        require(!op.name().isEmpty() && op.name().indexOf('=') < 0, "the name of a variable is empty or has a '='");
        text(op.name());
        text(op.value());
      }
      case Arg op -> {
        text(op.value());
        hasProgram = true;
      }
      case CreateHook op -> {
        require(hasBundle, "a hook needs a bundle");
        hook(op.path(), op.args(), op.env(), op.timeoutMillis());
      }
      case StartHook op -> hook(op.path(), op.args(), op.env(), op.timeoutMillis());
      case Umask op -> range(op.value(), 0, 0777, "the umask");
      case AppArmor op -> {
        text(op.profile());
        range(op.profile().getBytes(StandardCharsets.UTF_8).length, 1, MAX_PROFILE_BYTES, "the length of the profile's name");
      }
    }
  }

  private static void hook(String path, List<String> args, List<String> env, int timeoutMillis) {
    absolute(path);
    args.forEach(PlanRules::text);
    env.forEach(PlanRules::text);
    range(timeoutMillis, 1, MAX_HOOK_MILLIS, "the milliseconds of a hook");
  }

  private static void command(List<String> words, boolean needed) {
    require(!needed || !words.isEmpty(), "a command of the runtime is missing");
    if (!words.isEmpty()) {
      absolute(words.getFirst());
    }
    words.forEach(PlanRules::text);
  }

  private void overlay(Overlay op) {
    fill(op.slot());
    absolute(op.base());
    absolute(op.upper());
    absolute(op.work());
    lowers(op.lowers());
    mapped(op.mapped());
  }

  private void mapped(boolean mapped) {
    require(hasUser || !mapped, "owners cannot be mapped before the User operation says how");
  }

  /** Zero is the host's root, which no user namespace may hold. */
  private static void hostId(long id) {
    range(id, 1, MAX_ID, "the id of the host");
  }

  private static void lowers(List<String> lowers) {
    require(!lowers.isEmpty(), "an overlay needs a lower folder");
    for (String lower : lowers) {
      require(
          !lower.isEmpty() && !lower.startsWith("/") && lower.indexOf(':') < 0,
          "the name of a lower folder is empty, absolute or has a ':'");
      text(lower);
    }
  }

  private static void device(Device op) {
    plain(op.path());
    require(op.path().startsWith("/dev/"), "a device is not below /dev");
    range(op.major(), 0, 0xFFFF_FFFFL, "the major number");
    range(op.minor(), 0, 0xFFFF_FFFFL, "the minor number");
    owner(op.mode(), op.uid(), op.gid());
  }

  private void fill(int slot) {
    range(slot, 0, PlanOp.SLOTS - 1, "the slot");
    require(!used.get(slot), "the slot is filled already");
    used.set(slot);
    filled.set(slot);
  }

  private void take(int slot) {
    range(slot, 0, PlanOp.SLOTS - 1, "the slot");
    require(filled.get(slot), "the slot holds no mount");
    filled.clear(slot);
  }

  private static void owner(int mode, long uid, long gid) {
    range(mode, 0, 07777, "the mode");
    id(uid);
    id(gid);
  }

  private static void id(long id) {
    range(id, 0, MAX_ID, "the user or group id");
  }

  private static void program(Instructions code) {
    require(
        code.length() > 0 && code.length() % INSTRUCTION_BYTES == 0, "a program is not a number of whole instructions");
  }

  private static void option(String option) {
    path(option);
    require(!option.startsWith("="), "an option has no name");
  }

  private static void absolute(String path) {
    path(path);
    require(path.startsWith("/"), "a path is not absolute");
  }


  /** What is made, not only walked to: its last name must be one. */
  private static void plain(String path) {
    absolute(path);
    require(
        path.length() > 1 && !path.endsWith("/") && !path.contains("/../") && !path.endsWith("/.."),
        "a path to be made ends with a slash or has '..'");
  }

  private static void path(String path) {
    text(path);
    require(!path.isEmpty(), "a path or name is empty");
    bytes(path);
  }

  private static void bytes(String text) {
    // Three bytes are the most that one char takes: only a long text needs counting.
    if (text.length() > MAX_PATH_BYTES / 3) {
      require(
          text.getBytes(StandardCharsets.UTF_8).length <= MAX_PATH_BYTES, "a path or name is longer than 4096 bytes");
    }
  }

  private static void text(String text) {
    require(text.indexOf('\0') < 0, "a text holds a NUL");
  }

  private static void range(long value, long min, long max, String name) {
    if (value < min || value > max) {
      throw new Broken(name + " is " + value + ", not from " + min + " to " + max);
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new Broken(rule);
    }
  }
}
