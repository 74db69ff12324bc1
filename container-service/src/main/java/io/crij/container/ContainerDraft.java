package io.crij.container;

import com.google.protobuf.ByteString;
import io.crij.cgroups.systemd.Scopes;
import io.crij.cgroups.systemd.Slices;
import io.crij.container.cdi.CdiEdits;
import io.crij.container.hooks.Hooks;
import io.crij.container.launch.Capabilities;
import io.crij.container.launch.Confinement;
import io.crij.container.launch.GrantedDevices;
import io.crij.container.launch.ImageVolume;
import io.crij.container.launch.Launch;
import io.crij.container.launch.LayerFolders;
import io.crij.container.launch.PlanBuilder;
import io.crij.container.launch.PodFacts;
import io.crij.container.launch.ProcessUser;
import io.crij.container.launch.StopSignal;
import io.crij.container.launch.Volumes;
import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ContainerConfig;
import io.crij.cri.KeyValue;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.NamespaceOption;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.Instructions;
import io.crij.helper.plan.LaunchPlan;
import io.crij.image.LocalImage;
import io.crij.sandbox.ReadySandbox;
import io.crij.sandbox.UserNamespaces;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container that was checked and not made yet.
 *
 * @param config as it is kept: image volumes stand in it with the ids of their images
 * @param volumes how many folders for volumes of the image it needs
 * @param devices what it may use
 * @param hooks not yet in its plan
 */
record ContainerDraft(ContainerRecord record, ContainerConfig config, LaunchPlan plan, LayerFolders layers, int volumes, GrantedDevices devices, Hooks hooks) {
  private static final String CONTEXT = "config.linux.security_context.";

  /**
   * Checks the whole request. Touches nothing of the container; missing sources of mounts are made on the host.
   *
   * @throws CriException naming the field that cannot be
   */
  static ContainerDraft of(
      ContainerHost host, ObjectId id, ContainerConfig asked, ReadySandbox pod, LocalImage image, List<ImageVolume> imageVolumes) {
    CdiEdits edits = host.cdi().edits(asked);
    ContainerConfig config = withEdits(asked, edits);
    LinuxContainerSecurityContext context = config.getLinux().getSecurityContext();
    checkPrivilege(context, pod);
    checkNamespaces(context, pod);
    Confinement.checkSeLinux(context, host.node().seLinux());
    String appArmor = Confinement.appArmor(context, host.node().appArmor(), new AppArmorProfiles()::isLoaded).orElse(null);
    Resources.check(config.getLinux().getResources());
    StopSignal stopSignal = StopSignal.of(config.getStopSignal(), image.config().stopSignal());
    ProcessUser user = ProcessUser.of(context, image.config().user(), image.passwd(), image.group()).plus(edits.groups());
    checkMapped(user, pod.modes().user());
    Capabilities capabilities = Capabilities.of(context, host.node().capabilities());
    GrantedDevices devices =
        GrantedDevices.of(config, context.getPrivileged(), host.devices()).plus(edits.nodes(), user, pod.modes().user(), host.devices());
    PidChoice pid = PidChoice.of(host.store(), context, pod);
    String cgroup = cgroup(host, pod, id);
    LayerFolders layers = LayerFolders.in(host.store().folder(id));
    LaunchPlan plan =
        PlanBuilder.build(
            new Launch(
                config,
                image,
                podFacts(pod),
                host.cgroups().facts(cgroup),
                layers,
                imageVolumes,
                user,
                capabilities,
                devices,
                seccomp(host.seccomp(), context, capabilities),
                appArmor));
    MountSources.check(host.paths(), config, pod.modes().user());
    ContainerConfig kept = ImageVolumes.pinned(asked, imageVolumes);
    ContainerRecord record =
        new ContainerRecord(
            id.hex(),
            pod.id().hex(),
            Protos.encode(kept),
            Protos.encode(config.getLinux().getResources()),
            new ContainerRecord.Image(
                image.id(),
                image.repoDigests().stream().findFirst().orElse(image.id()),
                ImageName.of(image, config.getImage()),
                allLayers(image, imageVolumes)),
            new ContainerRecord.User(user.uid(), user.gid(), user.groups()),
            host.clock().next(),
            LogPath.of(pod.config().getLogDirectory(), config.getLogPath()),
            cgroup,
            pod.runFolder().resolve("plan-" + id).toString(),
            pid.mode(),
            pid.target(),
            stopSignal.cri().name(),
            stopSignal.number(),
            Life.CREATED);
    return new ContainerDraft(record, kept, plan, layers, Volumes.of(config, image.config()).size(), devices, HooksOfContainer.ofNode(host, config, pod, image).plus(edits.hooks()));
  }

  ContainerDraft withPlan(UnaryOperator<LaunchPlan> change) {
    return new ContainerDraft(record, config, change.apply(plan), layers, volumes, devices, hooks);
  }

  ContainerDraft plus(Hooks more) {
    return new ContainerDraft(record, config, plan, layers, volumes, devices, hooks.plus(more));
  }

  static PodFacts podFacts(ReadySandbox pod) {
    return new PodFacts(
        isPrivileged(pod),
        pod.modes().ownNetwork(),
        pod.modes().ownIpc(),
        pod.hostname(),
        pod.files().resolvConf(),
        pod.files().hostname(),
        pod.files().hosts(),
        pod.modes().user());
  }

  private static boolean isPrivileged(ReadySandbox pod) {
    return pod.config().getLinux().getSecurityContext().getPrivileged();
  }

  private static void checkPrivilege(LinuxContainerSecurityContext context, ReadySandbox pod) {
    if (context.getPrivileged() && !isPrivileged(pod)) {
      throw CriException.invalid(
          CONTEXT + "privileged: sandbox " + pod.id().shortHex() + " is not privileged, so it cannot hold a privileged container.");
    }
  }

  /** The user namespace is the pod's; a request that says something must say the same. */
  private static void checkNamespaces(LinuxContainerSecurityContext context, ReadySandbox pod) {
    String field = CONTEXT + "namespace_options.userns_options";
    NamespaceOption options = context.getNamespaceOptions();
    if (!options.hasUsernsOptions()) {
      return;
    }
    UserMapping asked = UserNamespaces.of(field, true, options.getUsernsOptions());
    if (!Objects.equals(asked, pod.modes().user())) {
      throw CriException.invalid(field + ": it is not that of sandbox " + pod.id().shortHex() + "; the containers of a pod share one.");
    }
  }

  private static void checkMapped(ProcessUser user, @Nullable UserMapping mapping) {
    if (mapping == null) {
      return;
    }
    if (!mapping.has(user.uid())) {
      throw CriException.invalid(CONTEXT + "run_as_user: user " + user.uid() + " is not among the " + mapping.count() + " ids of the pod's user namespace.");
    }
    for (long group : user.groups()) {
      if (!mapping.has(group)) {
        throw CriException.invalid(
            CONTEXT + "supplemental_groups: group " + group + " is not among the " + mapping.count() + " ids of the pod's user namespace.");
      }
    }
  }

  private static List<String> allLayers(LocalImage image, List<ImageVolume> volumes) {
    return Stream.concat(Stream.of(image), volumes.stream().map(ImageVolume::image))
        .flatMap(one -> one.lowerNames().stream())
        .distinct()
        .toList();
  }

  /** With what CDI devices need at the end, where it wins: a driver's variables and files belong together. */
  private static ContainerConfig withEdits(ContainerConfig config, CdiEdits edits) {
    ContainerConfig.Builder effective = config.toBuilder();
    for (String variable : edits.env()) {
      int equals = variable.indexOf('=');
      effective.addEnvs(
          KeyValue.newBuilder().setKey(variable.substring(0, equals)).setValue(ByteString.copyFromUtf8(variable.substring(equals + 1))));
    }
    return effective.addAllMounts(edits.mounts()).build();
  }

  private static @Nullable Instructions seccomp(
      SeccompProfiles profiles, LinuxContainerSecurityContext context, Capabilities capabilities) {
    Optional<Confinement.Seccomp> asked = Confinement.seccomp(context);
    if (asked.isEmpty()) {
      return null;
    }
    return switch (asked.get()) {
      case Confinement.Seccomp.RuntimeDefault profile -> profiles.runtimeDefault(capabilities.all());
      case Confinement.Seccomp.Localhost profile -> profiles.localhost(Path.of(profile.file()), capabilities.all());
    };
  }

  /** The control group of a pod's container. */
  static String cgroup(ContainerHost host, ReadySandbox pod, ObjectId id) {
    if (Slices.isSlice(pod.cgroupParent())) {
      String scope = pod.cgroupParent() + "/" + Scopes.unit(id);
      // Whoever calls a runtime is in the scope, too, and runtimes want an empty group.
      return host.runtimes().isBuiltIn(pod.runtimeHandler()) ? scope : Scopes.inner(scope);
    }
    return pod.cgroupParent().endsWith("/") ? pod.cgroupParent() + id : pod.cgroupParent() + "/" + id;
  }
}
