package io.crij.helper.plan;

import java.util.List;
import java.util.Set;

/** A plan in which each operation occurs. */
final class SamplePlan {
  private SamplePlan() {}

  static LaunchPlan everyOperation() {
    Instructions code = Instructions.of(new byte[] {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f});
    return new LaunchPlan(
        List.of(
            new PlanOp.Cgroup("/sys/fs/cgroup/memory/crij/tasks"),
            new PlanOp.DeviceProgram("/sys/fs/cgroup/unified/crij", code),
            new PlanOp.Join(Set.of(Namespace.NET, Namespace.IPC, Namespace.UTS)),
            new PlanOp.Hold("cgroup", 1000),
            new PlanOp.OomScoreAdj(-997),
            new PlanOp.User(100000, 200000, 101000),
            new PlanOp.Source(3, "/var/lib/mapped", true, SourceNeeds.ANYTHING, true),
            new PlanOp.Image(4, "/layers", List.of("d", "c"), true),
            new PlanOp.Source(1, "/var/log/päth", true, SourceNeeds.SHARED_OR_SLAVE),
            new PlanOp.Source(2, "/var/lib/volume", false, SourceNeeds.ANYTHING),
            new PlanOp.Overlay(0, "/layers", List.of("b", "a"), "/c/upper", "/c/work", true, true),
            new PlanOp.Enter(true, "/run/crij/p/abc/bundle"),
            new PlanOp.Root(0, Set.of(MountAttr.NODEV), Propagation.SLAVE),
            new PlanOp.Filesystem(
                FilesystemType.TMPFS,
                "/dev",
                Set.of(MountAttr.NOSUID, MountAttr.STRICTATIME),
                List.of("mode=755", "size=65536k"),
                Propagation.PRIVATE),
            new PlanOp.Mount(
                1, "/logs", Set.of(MountAttr.RDONLY), true, Propagation.SLAVE, TargetKind.LIKE_SOURCE),
            new PlanOp.Mount(
                4, "/models", Set.of(MountAttr.RDONLY), false, Propagation.PRIVATE, TargetKind.LIKE_SOURCE, "data/llm"),
            new PlanOp.PodShm("/dev/shm", Set.of(MountAttr.NOSUID, MountAttr.NODEV, MountAttr.NOEXEC)),
            new PlanOp.Folder("/run/x", 0755, 0, 1000),
            new PlanOp.Device("/dev/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0),
            new PlanOp.Hold("createRuntime"),
            new PlanOp.Symlink("/dev/fd", "/proc/self/fd"),
            new PlanOp.Volume(2, "/data", Set.of()),
            new PlanOp.Mask("/proc/kcore"),
            new PlanOp.Readonly("/proc/sys"),
            new PlanOp.Console(80, 25),
            new PlanOp.Sysctl("net.ipv4.ip_forward", "1"),
            new PlanOp.CreateHook("/usr/bin/hook", List.of("hook", ""), List.of("TOKEN=s3cret", "PATH=/bin"), 1500, "{\"pid\":", "}"),
            new PlanOp.Pivot(true),
            new PlanOp.Rlimit(Resource.NOFILE, 1024, Resource.UNLIMITED),
            new PlanOp.Cwd("/work"),
            new PlanOp.Ids(1000, 1000, List.of(4L, 2000L)),
            new PlanOp.Caps(0x1FF_FFFF_FFFFL, 0x21, 0x21, 0, 0),
            new PlanOp.NoNewPrivs(),
            new PlanOp.Seccomp(code, Set.of(SeccompFlag.LOG)),
            new PlanOp.Env("PASSWORD", "hunter2=\nx"),
            new PlanOp.Env("EMPTY", ""),
            new PlanOp.Arg("/bin/sh"),
            new PlanOp.Arg(""),
            new PlanOp.AppArmor("k8s-web"),
            new PlanOp.StartHook("/init", List.of(), List.of(), 10000, "{", "}"),
            new PlanOp.Umask(022)));
  }

  /** What stands for the pivot where an OCI runtime starts the container. */
  static PlanOp.Runtime runtime() {
    return new PlanOp.Runtime(
        List.of("PATH=/bin"), "/sys/fs/cgroup/unified/c", 60_000, List.of("/usr/sbin/runc", "create", "c"), List.of("/usr/sbin/runc", "start", "c"),
        List.of("/usr/sbin/runc", "delete", "--force", "c"), List.of("/r", "kill"), List.of("/r", "wait"), List.of("/r", "exec", ""), List.of("/r", "ps"), List.of("/r", "kill", "{}"), true);
  }
}
