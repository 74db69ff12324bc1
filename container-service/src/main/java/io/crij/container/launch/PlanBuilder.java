package io.crij.container.launch;

import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.Instructions;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.Namespace;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.SourceNeeds;
import io.crij.helper.plan.TargetKind;
import io.crij.image.LocalImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts a container's launch plan together, in the phases of PROTOCOL.md section 4. Pure: it touches nothing. */
public final class PlanBuilder {
  private static final int ROOT_SLOT = 0;

  private final Launch launch;
  private final ContainerConfig config;
  private final LinuxContainerSecurityContext context;
  private final boolean privileged;

  private PlanBuilder(Launch launch) {
    this.launch = launch;
    config = launch.config();
    context = config.getLinux().getSecurityContext();
    privileged = context.getPrivileged();
  }

  /**
   * The plan.
   *
   * @throws io.crij.core.CriException INVALID_ARGUMENT, naming the field of the request that cannot be
   */
  public static LaunchPlan build(Launch launch) {
    return new PlanBuilder(launch).build();
  }

  private LaunchPlan build() {
    MountTable mounts = mounts();
    List<PlanOp> plan = new ArrayList<>();
    enterGroups(plan);
    UserMapping mapping = launch.pod().user();
    if (mapping != null) {
      plan.add(new PlanOp.User(mapping.hostUid(), mapping.hostGid(), mapping.uid(launch.user().uid())));
    }
    plan.addAll(mounts.sources());
    plan.add(overlay());
    plan.add(new PlanOp.Enter(launch.cgroup().onlyV2() && !privileged));
    plan.add(new PlanOp.Root(ROOT_SLOT, Set.of(), Propagation.SLAVE));
    plan.addAll(mounts.mounts());
    restrictPaths(plan);
    plan.add(new PlanOp.Pivot(context.getReadonlyRootfs()));
    process(plan);
    return new LaunchPlan(plan);
  }

  private void enterGroups(List<PlanOp> plan) {
    if (launch.cgroup().scope()) {
      plan.add(new PlanOp.Hold(CgroupFacts.SCOPE_HOLD));
    }
    launch.cgroup().taskFiles().forEach(file -> plan.add(new PlanOp.Cgroup(file.toString())));
    Path unified = launch.cgroup().unified();
    if (launch.cgroup().onlyV2() && unified != null) {
      plan.add(new PlanOp.DeviceProgram(unified.toString(), Instructions.of(launch.devices().rules().bpfProgram())));
    }
    Set<Namespace> joined = EnumSet.noneOf(Namespace.class);
    if (launch.pod().ownNetwork()) {
      joined.add(Namespace.NET);
      joined.add(Namespace.UTS);
    }
    if (launch.pod().ownIpc()) {
      joined.add(Namespace.IPC);
    }
    if (!joined.isEmpty()) {
      plan.add(new PlanOp.Join(joined));
    }
    plan.add(oomScoreAdj(config.getLinux().getResources().getOomScoreAdj()));
  }

  /** The operation that sets the OOM score, which an update before the start replaces. */
  public static PlanOp.OomScoreAdj oomScoreAdj(long value) {
    if (value < -1000 || value > 1000) {
      throw Fields.invalid("linux.resources.oom_score_adj", value + " is not between -1000 and 1000");
    }
    return new PlanOp.OomScoreAdj((int) value);
  }

  private PlanOp overlay() {
    return new PlanOp.Overlay(
        ROOT_SLOT,
        launch.image().layersBase().toString(),
        launch.image().lowerNames(),
        launch.layers().upper().toString(),
        launch.layers().work().toString(),
        true,
        launch.pod().user() != null);
  }

  /** The runtime's own mounts first, so that one of the request at the same place takes over. */
  private MountTable mounts() {
    List<CriMounts.Bind> binds = CriMounts.of(config, launch.pod().user());
    MountTable table = new MountTable(ROOT_SLOT + 1);
    BaseMounts base = new BaseMounts(table, privileged);
    base.proc();
    base.sys(launch.cgroup());
    base.dev(launch.devices().nodes(), launch.pod(), config.getTty());
    base.boundDevices(launch.devices().nodes());
    base.podFiles(launch.pod(), context.getReadonlyRootfs());
    List<String> volumes = Volumes.of(config, launch.image().config());
    for (int i = 0; i < volumes.size(); i++) {
      String folder = launch.layers().volume(i).toString();
      String target = volumes.get(i);
      table.add(
          target,
          slot -> new PlanOp.Source(slot, folder, false, SourceNeeds.ANYTHING),
          slot -> new PlanOp.Volume(slot, target, Set.of()));
    }
    for (Mount mount : config.getMountsList()) {
      String target = Fields.absolutePath("config.mounts", mount.getContainerPath());
      // What the runtime would put below belongs to the mount that is replaced: /dev from outside brings its own nodes.
      if (target.equals("/dev") || target.equals("/sys") || target.equals("/proc")) {
        table.drop(target);
      }
    }
    for (CriMounts.Bind bind : binds) {
      table.add(
          bind.target(),
          slot -> new PlanOp.Source(slot, bind.source(), true, bind.needs(), bind.mapped()),
          slot ->
              new PlanOp.Mount(
                  slot, bind.target(), bind.attributes(), bind.recursive(), bind.propagation(), TargetKind.LIKE_SOURCE));
    }
    for (ImageVolume volume : launch.imageVolumes()) {
      table.add(volume.target(), slot -> image(slot, volume), slot -> imageMount(slot, volume));
    }
    return table;
  }

  private PlanOp image(int slot, ImageVolume volume) {
    LocalImage image = volume.image();
    return new PlanOp.Image(slot, image.layersBase().toString(), image.lowerNames(), launch.pod().user() != null);
  }

  private static PlanOp imageMount(int slot, ImageVolume volume) {
    Set<MountAttr> attributes = EnumSet.of(MountAttr.RDONLY, MountAttr.NOSUID, MountAttr.NODEV);
    attributes.addAll(volume.options());
    return new PlanOp.Mount(
        slot,
        volume.target(),
        attributes,
        false,
        Propagation.PRIVATE,
        TargetKind.LIKE_SOURCE,
        volume.subPath());
  }

  private void restrictPaths(List<PlanOp> plan) {
    if (!privileged && !launch.cgroup().onlyV2() && !isMountedByRequest("/sys/fs/cgroup") && !isMountedByRequest("/sys")) {
      // Its folders had to be made in it first.
      plan.add(new PlanOp.Readonly("/sys/fs/cgroup"));
    }
    if (privileged) {
      return;
    }
    for (String path : context.getReadonlyPathsList()) {
      plan.add(new PlanOp.Readonly(Fields.absolutePath("config.linux.security_context.readonly_paths", path)));
    }
    for (String path : context.getMaskedPathsList()) {
      plan.add(new PlanOp.Mask(Fields.absolutePath("config.linux.security_context.masked_paths", path)));
    }
  }

  private boolean isMountedByRequest(String path) {
    return config.getMountsList().stream()
        .anyMatch(mount -> Fields.absolutePath("config.mounts", mount.getContainerPath()).equals(path));
  }

  private void process(List<PlanOp> plan) {
    ProcessUser user = launch.user();
    plan.add(new PlanOp.Cwd(workingDir()));
    plan.add(new PlanOp.Ids(user.uid(), user.gid(), user.groups()));
    Capabilities caps = launch.capabilities();
    plan.add(new PlanOp.Caps(caps.all(), caps.all(), caps.all(), caps.ambient(), caps.ambient()));
    if (context.getNoNewPrivs()) {
      plan.add(new PlanOp.NoNewPrivs());
    }
    Instructions filter = launch.seccomp();
    if (filter != null) {
      plan.add(new PlanOp.Seccomp(filter, Set.of()));
    }
    String profile = launch.appArmor();
    if (profile != null) {
      plan.add(new PlanOp.AppArmor(profile));
    }
    Map<String, String> env =
        Environment.of(config, launch.image().config(), user.home(), launch.pod().hostname());
    env.forEach((name, value) -> plan.add(new PlanOp.Env(name, value)));
    Command.of(config, launch.image().config()).forEach(word -> plan.add(new PlanOp.Arg(word)));
  }

  private String workingDir() {
    if (!config.getWorkingDir().isEmpty()) {
      return Fields.absolutePath("config.working_dir", config.getWorkingDir());
    }
    String ofImage = launch.image().config().workingDir();
    return ofImage.isEmpty() ? "/" : Fields.absolutePath("image working dir", ofImage.startsWith("/") ? ofImage : "/" + ofImage);
  }
}
