package io.crij.container.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cgroups.DeviceRules;
import io.crij.container.cdi.CdiEdits;
import io.crij.container.hooks.Hooks;
import io.crij.cri.Capability;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.cri.IDMapping;
import io.crij.cri.ImageSpec;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerResources;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.helper.UserMapping;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.Instructions;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanPrinter;
import io.crij.image.ImageConfig;
import io.crij.image.LocalImage;
import io.crij.image.content.FolderMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whole plans of typical containers, as {@code crij plan} shows them. A difference is a change of what every container gets:
 * {@code GOLDEN=1} in the environment writes the files anew, and the review is of their diff.
 */
class PlanGoldenTest {
  private static final byte[] PASSWD = "root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] GROUP = "web:x:1001:\nextra:x:50000:web\n".getBytes(StandardCharsets.UTF_8);
  private static final long NODE_CAPABILITIES = (1L << 41) - 1;
  private static final Instructions FILTER = Instructions.of(new byte[] {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f});
  private static final CgroupFacts V1 =
      new CgroupFacts(
          false,
          Map.of("memory", Path.of("/sys/fs/cgroup/memory/pod/c"), "cpu,cpuacct", Path.of("/sys/fs/cgroup/cpu,cpuacct/pod/c")),
          List.of(Path.of("/sys/fs/cgroup/memory/pod/c/tasks"), Path.of("/sys/fs/cgroup/cpu,cpuacct/pod/c/tasks")),
          null);
  private static final CgroupFacts V2 =
      new CgroupFacts(true, Map.of("", Path.of("/sys/fs/cgroup/pod/c")), List.of(), Path.of("/sys/fs/cgroup/pod/c"));

  /** What kubelet sends for a pod without a security context. */
  private static LinuxContainerSecurityContext.Builder context() {
    return LinuxContainerSecurityContext.newBuilder()
        .addAllMaskedPaths(List.of("/proc/kcore", "/proc/timer_list", "/sys/firmware"))
        .addAllReadonlyPaths(List.of("/proc/sys", "/proc/sysrq-trigger"));
  }

  private static ContainerConfig.Builder config(LinuxContainerSecurityContext.Builder context) {
    return ContainerConfig.newBuilder()
        .addMounts(Mount.newBuilder().setHostPath("/var/lib/kubelet/pods/1/etc-hosts").setContainerPath("/etc/hosts"))
        .addMounts(Mount.newBuilder().setHostPath("/var/lib/kubelet/pods/1/volumes/token").setContainerPath("/var/run/secrets").setReadonly(true))
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setResources(LinuxContainerResources.newBuilder().setOomScoreAdj(1000))
                .setSecurityContext(context));
  }

  @Test
  void anOrdinaryContainerOnV1() throws IOException {
    golden("ordinary-v1", plan(config(context()).build(), V1, null, List.of(), CdiEdits.NONE, FILTER, null));
  }

  @Test
  void aConfinedContainerOnV2() throws IOException {
    LinuxContainerSecurityContext.Builder confined =
        context()
            .setRunAsUsername("web")
            .addSupplementalGroups(2000)
            .setNoNewPrivs(true)
            .setReadonlyRootfs(true)
            .setCapabilities(Capability.newBuilder().addDropCapabilities("ALL").addAddAmbientCapabilities("NET_BIND_SERVICE"));
    golden("confined-v2", plan(config(confined).setTty(true).build(), V2, null, List.of(), CdiEdits.NONE, FILTER, "k8s-web"));
  }

  @Test
  void aPrivilegedContainer() throws IOException {
    golden(
        "privileged",
        plan(config(LinuxContainerSecurityContext.newBuilder().setPrivileged(true)).build(), V2, null, List.of(), CdiEdits.NONE, null, null));
  }

  @Test
  void aContainerWithAUserNamespaceAndAnImageVolume() throws IOException {
    UserMapping mapping = new UserMapping(100_000, 200_000, 65_536);
    IDMapping.Builder uids = IDMapping.newBuilder().setHostId(100_000).setLength(65_536);
    IDMapping.Builder gids = IDMapping.newBuilder().setHostId(200_000).setLength(65_536);
    ContainerConfig config =
        config(context().setRunAsUser(Int64Value.newBuilder().setValue(1000)))
            .addMounts(
                Mount.newBuilder().setHostPath("/var/lib/kubelet/pods/1/volumes/data").setContainerPath("/srv").addUidMappings(uids).addGidMappings(gids))
            .addMounts(Mount.newBuilder().setContainerPath("/models").setReadonly(true).setImage(ImageSpec.newBuilder().setImage("models")))
            .build();
    List<ImageVolume> volumes = List.of(new ImageVolume("/models", image(List.of("m2", "m1")), "llm/small", Set.of()));
    golden("user-namespace", plan(config, V2, mapping, volumes, CdiEdits.NONE, FILTER, null));
  }

  @Test
  void aContainerWithDevices() throws IOException {
    CdiEdits edits =
        new CdiEdits(
            List.of(), List.of(new CdiEdits.Node("/dev/gpu0", "/dev/vendor/gpu0", "c", 195, 0, 0660, null, 44L, "rw")), List.of(), Set.of(44L), Hooks.NONE);
    ContainerConfig config =
        config(context())
            .addDevices(Device.newBuilder().setHostPath("/dev/fuse").setContainerPath("/dev/fuse").setPermissions("rw"))
            .addDevices(Device.newBuilder().setHostPath("/dev/fuse").setContainerPath("/opt/fuse"))
            .build();
    golden("devices", plan(config, V2, null, List.of(), edits, FILTER, null));
  }

  private static LocalImage image(List<String> layers) {
    return new LocalImage(
        "sha256:0", List.of(), List.of(), 1, Path.of("/var/lib/crij/images/l"), layers, FolderMode.DEFAULT,
        new ImageConfig(List.of("/entry"), List.of("arg"), List.of("PATH=/bin"), "", "/work", "", Set.of("/data"), Map.of()), PASSWD, GROUP);
  }

  private static LaunchPlan plan(
      ContainerConfig config,
      CgroupFacts cgroup,
      @Nullable UserMapping mapping,
      List<ImageVolume> volumes,
      CdiEdits edits,
      @Nullable Instructions filter,
      @Nullable String appArmor) {
    LinuxContainerSecurityContext context = config.getLinux().getSecurityContext();
    ProcessUser user = ProcessUser.of(context, "", PASSWD, GROUP).plus(edits.groups());
    HostDevices host = new Fuse();
    return PlanBuilder.build(
        new Launch(
            config,
            image(List.of("l2", "l1")),
            new PodFacts(true, true, true, "pod-host", Path.of("/pod/resolv.conf"), Path.of("/pod/hostname"), Path.of("/pod/hosts"), mapping),
            cgroup,
            LayerFolders.in(Path.of("/var/lib/crij/containers/0123456789ab")),
            volumes,
            user,
            Capabilities.of(context, NODE_CAPABILITIES),
            GrantedDevices.of(config, context.getPrivileged(), host).plus(edits.nodes(), user, mapping, host),
            filter,
            appArmor));
  }

  /** A node with one device. */
  private static final class Fuse implements HostDevices {
    private static final HostDevice FUSE = new HostDevice("/dev/fuse", DeviceType.CHARACTER, 10, 229, 0666, 0, 0);

    @Override
    public List<HostDevice> at(String field, String path) {
      return List.of(FUSE);
    }

    @Override
    public List<HostDevice> all() {
      return List.of(FUSE);
    }
  }

  private static void golden(String name, LaunchPlan plan) throws IOException {
    assertThat(LaunchPlan.decode(plan.encode())).isEqualTo(plan);
    String printed = PlanPrinter.print(plan, false);
    if (System.getenv("GOLDEN") != null) {
      Files.writeString(Path.of("src/test/resources/io/crij/container/launch", name + ".txt"), printed);
    }
    try (InputStream in = PlanGoldenTest.class.getResourceAsStream(name + ".txt")) {
      assertThat(in).as("the golden file of " + name).isNotNull();
      assertThat(printed).isEqualTo(in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
