package io.crij.container.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.DeviceRules;
import io.crij.core.CriException;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.cri.Signal;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.image.ImageConfig;
import io.crij.image.LocalImage;
import io.crij.image.content.FolderMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanBuilderTest {
  private static final byte[] PASSWD = "root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] GROUP = "web:x:1001:\nextra:x:50000:web\n".getBytes(StandardCharsets.UTF_8);
  private static final long NODE_CAPABILITIES = (1L << 41) - 1;

  @Test
  void mountsOfTheRequestReplaceAndAreOrderedByDepth() {
    LaunchPlan plan =
        plan(
            ContainerConfig.newBuilder()
                .addMounts(Mount.newBuilder().setHostPath("/h/deep").setContainerPath("/a/b/c"))
                .addMounts(Mount.newBuilder().setHostPath("/h/a").setContainerPath("/a").setReadonly(true))
                .addMounts(Mount.newBuilder().setHostPath("/h/hosts").setContainerPath("/etc/hosts/"))
                .build());
    List<String> targets =
        plan.operations().stream().filter(PlanOp.Mount.class::isInstance).map(op -> ((PlanOp.Mount) op).target()).toList();
    assertThat(targets).containsSubsequence("/a", "/a/b/c").containsOnlyOnce("/etc/hosts");
    assertThat(plan.operations()).filteredOn(PlanOp.Source.class::isInstance).extracting(op -> ((PlanOp.Source) op).path())
        .contains("/h/hosts").doesNotContain("/pod/hosts");
    assertThat(LaunchPlan.decode(plan.encode())).isEqualTo(plan);
  }

  @Test
  void whatTheKernelSaysOfProcessesIsNotCovered() {
    for (String target : List.of("/proc/self/attr", "/proc/sys/kernel/core_pattern", "/proc/1", "//proc/./sys", "/proc/cpuinfo/x", "/proc/net")) {
      refused(Mount.newBuilder().setHostPath("/h").setContainerPath(target), "container_path: '/proc/");
    }
    refused(Mount.newBuilder().setHostPath("/h").setContainerPath("/proc"), "the node's own /proc");
    refused(Mount.newBuilder().setHostPath("/proc/1/root").setContainerPath("/proc/"), "the node's own /proc");
    Mount.Builder image = Mount.newBuilder().setImage(io.crij.cri.ImageSpec.newBuilder().setImage("app")).setReadonly(true).setContainerPath("/proc/self");
    assertThatThrownBy(() -> CriMounts.images(ContainerConfig.newBuilder().addMounts(image).build())).hasMessageContaining("config.mounts[0].container_path").hasMessageContaining("inside /proc");
    for (String target : List.of("/proc/cpuinfo", "/proc/uptime", "/proc/net/dev", "/process", "/sys/kernel/x", "/dev/x")) {
      assertThat(plan(ContainerConfig.newBuilder().addMounts(Mount.newBuilder().setHostPath("/h").setContainerPath(target)).build()).operations())
          .anyMatch(op -> op instanceof PlanOp.Mount mount && mount.target().equals(target));
    }
    assertThat(plan(ContainerConfig.newBuilder().addMounts(Mount.newBuilder().setHostPath("/proc").setContainerPath("/proc")).build()).operations())
        .anyMatch(op -> op instanceof PlanOp.Mount mount && mount.target().equals("/proc"));
  }

  @Test
  void containersOfOneImageSeeNothingOfEachOthersEnvironment() {
    List<List<PlanOp>> environments =
        java.util.stream.IntStream.range(0, 200)
            .parallel()
            .mapToObj(i -> plan(ContainerConfig.newBuilder().addEnvs(io.crij.cri.KeyValue.newBuilder().setKey("SECRET").setValue(com.google.protobuf.ByteString.copyFromUtf8("of-" + i))).build()))
            .map(plan -> plan.operations().stream().filter(op -> op instanceof PlanOp.Env env && env.name().equals("SECRET")).toList())
            .toList();
    for (int i = 0; i < environments.size(); i++) {
      assertThat(environments.get(i)).containsExactly(new PlanOp.Env("SECRET", "of-" + i));
    }
  }

  /** kubelet sets image_sub_path beside host_path, for each sub path of a pod that has an image volume too. */
  @Test
  void theSubPathOfAnImageMeansNothingForAPathOfTheHost() {
    Mount.Builder mount = Mount.newBuilder().setHostPath("/h/sub").setContainerPath("/a");
    assertThat(plan(ContainerConfig.newBuilder().addMounts(mount.setImageSubPath("sub")).build()))
        .isEqualTo(plan(ContainerConfig.newBuilder().addMounts(mount.clearImageSubPath()).build()));
  }

  @Test
  void aDevFromOutsideBringsItsOwnNodes() {
    LaunchPlan plan = plan(ContainerConfig.newBuilder().addMounts(Mount.newBuilder().setHostPath("/dev").setContainerPath("/dev")).build());
    assertThat(plan.operations()).noneMatch(PlanOp.Device.class::isInstance).noneMatch(PlanOp.PodShm.class::isInstance);
    assertThat(plan.encode()).isNotEmpty();
  }

  @Test
  void theEnvironmentGoesFromDefaultsOverTheImageToTheRequest() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .addEnvs(io.crij.cri.KeyValue.newBuilder().setKey("B").setValue(com.google.protobuf.ByteString.copyFromUtf8("request")))
            .build();
    assertThat(plan(config).operations()).filteredOn(PlanOp.Env.class::isInstance)
        .contains(new PlanOp.Env("HOME", "/root"), new PlanOp.Env("A", "image"), new PlanOp.Env("B", "request"), new PlanOp.Env("HOSTNAME", "pod-host"))
        .doesNotContain(new PlanOp.Env("B", "image"));
  }

  @Test
  void aVariableThatIsNotTextIsRefusedAndNotAltered() {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .addEnvs(
                io.crij.cri.KeyValue.newBuilder()
                    .setKey("SECRET")
                    .setValue(com.google.protobuf.ByteString.copyFrom(new byte[] {'p', (byte) 0xff, 'w'})))
            .build();
    assertThatThrownBy(() -> plan(config)).isInstanceOf(CriException.class).hasMessageContaining("'SECRET' is not UTF-8");
  }

  @Test
  void commandAndArgsFollowTheRuleOfTheContract() {
    ImageConfig image = image(Set.of());
    assertThat(Command.of(ContainerConfig.getDefaultInstance(), image)).containsExactly("/entry", "image-arg");
    assertThat(Command.of(ContainerConfig.newBuilder().addArgs("x").build(), image)).containsExactly("/entry", "x");
    assertThat(Command.of(ContainerConfig.newBuilder().addCommand("y").build(), image)).containsExactly("y");
  }

  @Test
  void whatContradictsItselfIsRefusedByName() {
    refused(Mount.newBuilder().setHostPath("/h").setContainerPath("/"), "container_path");
    refused(Mount.newBuilder().setHostPath("h").setContainerPath("/a"), "host_path");
    refused(Mount.newBuilder().setHostPath("/h").setContainerPath("/a/../b"), "'..'");
    refused(Mount.newBuilder().setHostPath("/h").setContainerPath("/a").setRecursiveReadOnly(true), "recursive_read_only");
    refused(
        Mount.newBuilder().setHostPath("/h").setContainerPath("/a").setReadonly(true).setRecursiveReadOnly(true)
            .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL),
        "recursive_read_only");
    assertThatThrownBy(() -> user(LinuxContainerSecurityContext.newBuilder().setRunAsGroup(number(7)), ""))
        .isInstanceOf(CriException.class).hasMessageContaining("run_as_group");
    assertThatThrownBy(() -> user(LinuxContainerSecurityContext.newBuilder(), "nobody-here")).hasMessageContaining("/etc/passwd");
  }

  @Test
  void usersComeFromTheRequestThenFromTheImage() {
    assertThat(user(LinuxContainerSecurityContext.newBuilder(), "")).isEqualTo(new ProcessUser(0, 0, List.of(0L), "/root"));
    assertThat(user(LinuxContainerSecurityContext.newBuilder(), "web")).isEqualTo(new ProcessUser(1000, 1001, List.of(1001L, 50000L), "/home/web"));
    assertThat(user(LinuxContainerSecurityContext.newBuilder(), "5:extra")).isEqualTo(new ProcessUser(5, 50000, List.of(50000L), "/"));
    assertThat(user(LinuxContainerSecurityContext.newBuilder().setRunAsUser(number(1001)), "web")).isEqualTo(new ProcessUser(1001, 0, List.of(0L), "/"));
    assertThat(
            user(
                LinuxContainerSecurityContext.newBuilder().setRunAsUsername("web").addSupplementalGroups(7)
                    .setSupplementalGroupsPolicy(io.crij.cri.SupplementalGroupsPolicy.Strict),
                ""))
        .isEqualTo(new ProcessUser(1000, 1001, List.of(7L, 1001L), "/home/web"));
  }

  @Test
  void digitsAreNeverTheNameOfAUser() {
    byte[] passwd = "root:x:0:0::/root:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n99999999999:x:0:0::/:/bin/sh\n".getBytes(StandardCharsets.UTF_8);
    byte[] group = "99999999999:x:0:\n".getBytes(StandardCharsets.UTF_8);
    for (String user : List.of("4294967296", "4294967295", "99999999999", "00000000000", "1:99999999999")) {
      assertThatThrownBy(() -> ProcessUser.of(LinuxContainerSecurityContext.getDefaultInstance(), user, passwd, group))
          .isInstanceOf(CriException.class)
          .hasMessageContaining("image user")
          .hasMessageContaining("no number between");
    }
  }

  @Test
  void capabilitiesStartFromTheDefaultAndEndWithWhatWasDropped() {
    assertThat(Capabilities.names(caps(List.of(), List.of()).all())).hasSize(14).contains("CAP_NET_RAW");
    assertThat(caps(List.of(), List.of("ALL")).all()).isZero();
    assertThat(caps(List.of("ALL"), List.of()).all()).isEqualTo(NODE_CAPABILITIES);
    assertThat(Capabilities.names(caps(List.of("CAP_NET_ADMIN"), List.of("all")).all())).containsExactly("CAP_NET_ADMIN");
    assertThat(Capabilities.names(caps(List.of("ALL"), List.of("chown")).all())).hasSize(40).doesNotContain("CAP_CHOWN");
    assertThatThrownBy(() -> caps(List.of("FLY"), List.of())).hasMessageContaining("add_capabilities");
  }

  @Test
  void stopSignalsAreMappedByNameBecauseTheNumbersDiffer() {
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "")).isEqualTo(new StopSignal(Signal.SIGNAL_SIGTERM, 15));
    assertThat(StopSignal.of(Signal.SIGNAL_SIGKILL, "SIGQUIT").number()).isEqualTo(9);
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "quit")).isEqualTo(new StopSignal(Signal.SIGNAL_SIGQUIT, 3));
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "37")).isEqualTo(new StopSignal(Signal.SIGNAL_SIGRTMINPLUS3, 37));
    assertThat(StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "SIGRTMAX-1").number()).isEqualTo(63);
    for (Signal signal : Signal.values()) {
      if (signal != Signal.UNRECOGNIZED) {
        assertThat(StopSignal.of(signal, "").number()).isBetween(1, 64);
      }
    }
    assertThatThrownBy(() -> StopSignal.of(Signal.SIGNAL_RUNTIME_DEFAULT, "SIGFOO")).isInstanceOf(CriException.class);
  }

  private static Capabilities caps(List<String> add, List<String> drop) {
    return Capabilities.of(
        LinuxContainerSecurityContext.newBuilder()
            .setCapabilities(io.crij.cri.Capability.newBuilder().addAllAddCapabilities(add).addAllDropCapabilities(drop))
            .build(),
        NODE_CAPABILITIES);
  }

  private static Int64Value number(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  private static ProcessUser user(LinuxContainerSecurityContext.Builder context, String imageUser) {
    return ProcessUser.of(context.build(), imageUser, PASSWD, GROUP);
  }

  private static void refused(Mount.Builder mount, String names) {
    assertThatThrownBy(() -> plan(ContainerConfig.newBuilder().addMounts(mount).build()))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("config.mounts[0]")
        .hasMessageContaining(names);
  }

  private static ImageConfig image(Set<String> volumes) {
    return new ImageConfig(List.of("/entry"), List.of("image-arg"), List.of("A=image", "B=image"), "", "", "", volumes, Map.of());
  }

  private static LaunchPlan plan(ContainerConfig config) {
    LinuxContainerSecurityContext context = config.getLinux().getSecurityContext();
    LocalImage image =
        new LocalImage("sha256:0", List.of(), List.of(), 1, Path.of("/layers"), List.of("top", "base"), FolderMode.DEFAULT, image(Set.of("/data")), PASSWD, GROUP);
    return PlanBuilder.build(
        new Launch(
            config.toBuilder().setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context)).build(),
            image,
            new PodFacts(false, true, true, "pod-host", Path.of("/pod/resolv.conf"), Path.of("/pod/hostname"), Path.of("/pod/hosts"), null),
            new CgroupFacts(false, Map.of("memory", Path.of("/sys/fs/cgroup/memory/x")), List.of(Path.of("/sys/fs/cgroup/memory/x/tasks")), null),
            LayerFolders.in(Path.of("/own")),
            List.of(),
            ProcessUser.of(context, "", PASSWD, GROUP),
            Capabilities.of(context, NODE_CAPABILITIES),
            new GrantedDevices(List.of(), DeviceRules.DEFAULT),
            null,
            null));
  }
}
