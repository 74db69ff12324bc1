package io.crij.helper.plan;

import java.util.List;
import java.util.Set;

/**
 * One operation of a launch plan; the operations and their order are explained in PROTOCOL.md section 4. A <em>slot</em> (0 to
 * 511) holds a detached mount between its making and its mounting. A <em>target</em> is an absolute path inside the container's
 * new root, which cannot lead out of it and is made where it is missing. The last operation, END, is written by the encoder.
 */
public sealed interface PlanOp {
  /** The number of slots. */
  int SLOTS = 512;

  // Phase A: in the host's mount namespace.

  /** Enters a v1 cgroup by writing {@code 0} to its {@code tasks} file. */
  record Cgroup(String tasksFile) implements PlanOp {}

  /** Loads a BPF_CGROUP_DEVICE program and attaches it to a cgroup2 folder. */
  record DeviceProgram(String folder, Instructions code) implements PlanOp {}

  /** Joins namespaces of the pod: any of NET, IPC and UTS. */
  record Join(Set<Namespace> namespaces) implements PlanOp {
    public Join {
      namespaces = Set.copyOf(namespaces);
    }
  }

  /** Sets oom_score_adj, -1000 to 1000; raised to what the kernel allows where it refuses. */
  record OomScoreAdj(int value) implements PlanOp {}

  /**
   * Clones a path of the host into a slot; symbolic links are followed.
   *
   * @param mapped whether ids on disk are those of the pod's user namespace; needs a {@link User} before it
   */
  record Source(int slot, String path, boolean recursive, SourceNeeds needs, boolean mapped) implements PlanOp {
    public Source(int slot, String path, boolean recursive, SourceNeeds needs) {
      this(slot, path, recursive, needs, false);
    }
  }

  /**
   * Makes an overlay in a slot.
   *
   * @param base the folder that the lowers are below
   * @param lowers names relative to {@code base}, the topmost layer first
   * @param skipSync the overlay's {@code volatile} option: it is never synced
   * @param mapped whether owners in the lowers are ids of the pod's user namespace; the upper's are ids of the host
   */
  record Overlay(int slot, String base, List<String> lowers, String upper, String work, boolean skipSync, boolean mapped)
      implements PlanOp {
    public Overlay {
      lowers = List.copyOf(lowers);
    }

    public Overlay(int slot, String base, List<String> lowers, String upper, String work, boolean skipSync) {
      this(slot, base, lowers, upper, work, skipSync, false);
    }
  }

  /**
   * Runs the container in the pod's user namespace; what is made from {@link Enter} on belongs to its root.
   *
   * @param uid of the host that is its root
   * @param gid of the host that is its root's
   * @param stdio uid of the host that its standard streams are given to
   */
  record User(long uid, long gid, long stdio) implements PlanOp {}

  /** Stacks layers in a slot with nothing to write to: an image's tree for a volume. Names as in {@link Overlay}. */
  record Image(int slot, String base, List<String> lowers, boolean mapped) implements PlanOp {
    public Image {
      lowers = List.copyOf(lowers);
    }
  }

  // Phase A or B.

  /**
   * Stands still until the daemon says go: {@link io.crij.helper.Monitor#start(io.crij.helper.StartRequest, io.crij.helper.HoldListener)}.
   *
   * @param name 1 to 64 bytes; what the listener knows this hold by
   * @param patienceMs after which the start fails, 1 to 600,000
   */
  record Hold(String name, int patienceMs) implements PlanOp {
    /** Two minutes. */
    public static final int PATIENCE_MS = 120_000;

    public Hold(String name) {
      this(name, PATIENCE_MS);
    }
  }

  // From A to B.

  /**
   * Enters a private copy of the pod's seed mount namespace.
   *
   * @param bundle folder with the empty folders {@code rootfs} and {@code seed}: a private copy of the host's mounts is entered instead, in which
   *     the new root stands at {@code rootfs}; empty for none
   */
  record Enter(boolean ownCgroupNamespace, String bundle) implements PlanOp {
    public Enter(boolean ownCgroupNamespace) {
      this(ownCgroupNamespace, "");
    }
  }

  // Phase B: in the pod's seed.

  /** Makes a slot the new root; every later target is below it. */
  record Root(int slot, Set<MountAttr> attributes, Propagation propagation) implements PlanOp {
    public Root {
      attributes = Set.copyOf(attributes);
    }
  }

  /** Mounts a new instance of a filesystem; an option is {@code key=value} or {@code flag}. */
  record Filesystem(
      FilesystemType type, String target, Set<MountAttr> attributes, List<String> options, Propagation propagation)
      implements PlanOp {
    public Filesystem {
      attributes = Set.copyOf(attributes);
      options = List.copyOf(options);
    }
  }

  /**
   * Mounts a slot at a target.
   *
   * @param part path below the slot's root that is mounted instead of the whole; empty for the whole
   */
  record Mount(
      int slot,
      String target,
      Set<MountAttr> attributes,
      boolean recursiveAttributes,
      Propagation propagation,
      TargetKind makeAs,
      String part)
      implements PlanOp {
    public Mount {
      attributes = Set.copyOf(attributes);
    }

    public Mount(
        int slot, String target, Set<MountAttr> attributes, boolean recursiveAttributes, Propagation propagation, TargetKind makeAs) {
      this(slot, target, attributes, recursiveAttributes, propagation, makeAs, "");
    }
  }

  /** Mounts the pod's /dev/shm. */
  record PodShm(String target, Set<MountAttr> attributes) implements PlanOp {
    public PodShm {
      attributes = Set.copyOf(attributes);
    }
  }

  record Folder(String path, int mode, long uid, long gid) implements PlanOp {}

  /** Makes a device node; only below /dev. */
  record Device(String path, DeviceType type, long major, long minor, int mode, long uid, long gid) implements PlanOp {}

  /** Makes a symbolic link at {@code path} that says {@code value}. */
  record Symlink(String path, String value) implements PlanOp {}

  /** Copies what the root has at the target into the slot's folder, then mounts the slot there: a VOLUME of an image. */
  record Volume(int slot, String target, Set<MountAttr> attributes) implements PlanOp {
    public Volume {
      attributes = Set.copyOf(attributes);
    }
  }

  /** Hides a path; one that is missing is fine. */
  record Mask(String path) implements PlanOp {}

  /** Makes a path and what is below it read-only; one that is missing is fine. */
  record Readonly(String path) implements PlanOp {}

  /** Allocates the container's terminal; zero columns or rows leave its size alone. */
  record Console(int columns, int rows) implements PlanOp {}

  /** Sets a sysctl of a namespace that is the container's own. */
  record Sysctl(String key, String value) implements PlanOp {}

  /**
   * Runs a createContainer hook of the OCI runtime specification: a program of the host in the container's namespaces, in the bundle's folder.
   *
   * @param args {@code args[0]} included
   * @param env {@code NAME=value}, the whole environment
   * @param before of the state on its stdin, what comes before the pid as the container sees it
   * @param after what comes after the pid
   */
  record CreateHook(String path, List<String> args, List<String> env, int timeoutMillis, String before, String after) implements PlanOp {
    public CreateHook {
      args = List.copyOf(args);
      env = List.copyOf(env);
    }
  }

  // From B to C.

  /**
   * Instead of {@link Pivot}: has an OCI runtime make and start the container, from the {@code config.json} of the bundle that {@link Enter}
   * names. What of the plan comes after it is for execs. Volumes, and mounts of an {@link Image}, stand at {@code <bundle>/mounts/<slot>}.
   *
   * @param environment {@code NAME=value}, all that the runtime gets
   * @param cgroup2Folder the cgroup2 folder that the container is born in; empty where the runtime sees to it
   * @param timeoutMillis for each of its commands, at most an hour
   * @param create the command that makes the container: arguments, the first of them the program's absolute path; likewise the others. It runs in
   *     the bundle, writes the container's pid to {@code pid} there, and connects to {@code tty} there for a terminal
   * @param start lets the program run
   * @param delete takes everything back if the start fails
   * @param signal sends a signal, its number is added; empty if the kernel can
   * @param await ends with the container's exit code; empty if the container's first process is a child of the runtime's command
   * @param exec runs a program in the container, its arguments are added; empty if namespaces can be joined. A word {@code {}} is a file for
   *     the pid that the program has inside
   * @param processes prints the processes inside, a line for each that begins with UID, PID and PPID; may be empty
   * @param end kills a process inside, a word {@code {}} is its pid; for an exec whose client left. May be empty
   * @param inGroups whether what {@code create} leaves behind stays in the control groups that it was run in
   */
  record Runtime(
      List<String> environment,
      String cgroup2Folder,
      int timeoutMillis,
      List<String> create,
      List<String> start,
      List<String> delete,
      List<String> signal,
      List<String> await,
      List<String> exec,
      List<String> processes,
      List<String> end,
      boolean inGroups)
      implements PlanOp {
    public Runtime {
      environment = List.copyOf(environment);
      create = List.copyOf(create);
      start = List.copyOf(start);
      delete = List.copyOf(delete);
      signal = List.copyOf(signal);
      await = List.copyOf(await);
      exec = List.copyOf(exec);
      processes = List.copyOf(processes);
      end = List.copyOf(end);
    }
  }

  /** Moves into the new root; the seed is gone. */
  record Pivot(boolean readonlyRoot) implements PlanOp {}

  // Phase C: in the container. An exec executes these too, with its own arguments.

  /** Sets a limit; {@link Resource#UNLIMITED} for none. */
  record Rlimit(Resource resource, long soft, long hard) implements PlanOp {}

  record Cwd(String path) implements PlanOp {}

  /** Whom the program runs as; the groups are all supplementary ones. */
  record Ids(long uid, long gid, List<Long> groups) implements PlanOp {
    public Ids {
      groups = List.copyOf(groups);
    }
  }

  /** Capability sets as masks of {@code 1L << CAP_*}. */
  record Caps(long bounding, long effective, long permitted, long inheritable, long ambient) implements PlanOp {}

  record NoNewPrivs() implements PlanOp {}

  record Seccomp(Instructions filter, Set<SeccompFlag> flags) implements PlanOp {
    public Seccomp {
      flags = Set.copyOf(flags);
    }
  }

  /** A variable of the environment; of two with one name the later wins. */
  record Env(String name, String value) implements PlanOp {}

  record Arg(String value) implements PlanOp {}

  record Umask(int value) implements PlanOp {}

  /** Runs a startContainer hook: a program of the container, as its user, before its first one. An exec runs none. Fields as in {@link CreateHook}. */
  record StartHook(String path, List<String> args, List<String> env, int timeoutMillis, String before, String after) implements PlanOp {
    public StartHook {
      args = List.copyOf(args);
      env = List.copyOf(env);
    }
  }

  /** The AppArmor profile that the program runs under; it is loaded in the kernel. */
  record AppArmor(String profile) implements PlanOp {}
}
