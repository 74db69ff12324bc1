package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.container.hooks.Hook;
import io.crij.container.hooks.HookStage;
import io.crij.container.launch.HostDevice;
import io.crij.container.launch.HostDevices;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.Instructions;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Resource;
import io.crij.nri.api.ContainerAdjustment;
import io.crij.nri.api.KeyValue;
import io.crij.nri.api.LinuxDevice;
import io.crij.nri.api.OptionalFileMode;
import io.crij.nri.api.OptionalInt;
import io.crij.nri.api.POSIXRlimit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What plugins ask for, in a container's configuration and plan. */
class AdjustedTest {
  private static final ContainerConfig CONFIG =
      ContainerConfig.newBuilder()
          .putAnnotations("own", "1")
          .addMounts(Mount.newBuilder().setContainerPath("/data").setHostPath("/h"))
          .addDevices(Device.newBuilder().setContainerPath("/dev/old").setHostPath("/dev/old").setPermissions("r"))
          .build();

  private static final HostDevices NODE =
      new HostDevices() {
        @Override
        public List<HostDevice> at(String field, String path) {
          throw new AssertionError("devices are named by their numbers");
        }

        @Override
        public List<HostDevice> all() {
          return List.of(
              new HostDevice("/dev/nvme0", DeviceType.BLOCK, 1, 3, 0600, 0, 0), new HostDevice("/dev/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0));
        }
      };

  private static final LaunchPlan PLAN =
      new LaunchPlan(
          List.of(
              new PlanOp.Device("/dev/null", DeviceType.CHARACTER, 1, 3, 0666, 0, 0),
              new PlanOp.Pivot(false),
              new PlanOp.Cwd("/"),
              new PlanOp.Env("KEPT", "1"),
              new PlanOp.Env("OLD", "1"),
              new PlanOp.Arg("run"),
              new PlanOp.Arg("fast")));

  private final List<String> compiled = new ArrayList<>();

  private static ContainerAdjustment adjustment(Consumer<ContainerAdjustment.Builder> change) {
    ContainerAdjustment.Builder builder = ContainerAdjustment.newBuilder();
    change.accept(builder);
    return builder.build();
  }

  private static ContainerConfig config(Consumer<ContainerAdjustment.Builder> change) {
    return AdjustedConfig.of(CONFIG, adjustment(change), NODE);
  }

  private List<PlanOp> plan(Consumer<ContainerAdjustment.Builder> change) {
    SeccompProfiles profiles =
        new SeccompProfiles() {
          @Override
          public String ociProfile(Instructions filter) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Instructions runtimeDefault(long capabilities) {
            throw new AssertionError();
          }

          @Override
          public Instructions localhost(Path file, long capabilities) {
            throw new AssertionError();
          }

          @Override
          public Instructions given(byte[] json, String origin, long capabilities) {
            compiled.add(new String(json, StandardCharsets.UTF_8));
            return Instructions.of(new byte[8]);
          }
        };
    return AdjustedPlan.of(PLAN, adjustment(change), profiles).operations();
  }

  private static void refused(Consumer<ContainerAdjustment.Builder> change, ErrorCode code, String words) {
    assertThatThrownBy(() -> config(change))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  private static io.crij.nri.api.Mount mount(String at, String type, String... options) {
    return io.crij.nri.api.Mount.newBuilder().setDestination(at).setSource("/src").setType(type).addAllOptions(List.of(options)).build();
  }

  @Test
  void bindsTakeTheFormOfTheCri() {
    ContainerConfig config = config(a -> a.addMounts(mount("/new", "bind", "rbind", "ro", "rslave", "nosuid")));
    assertThat(config.getMountsList()).hasSize(2);
    assertThat(config.getMounts(1))
        .isEqualTo(
            Mount.newBuilder()
                .setContainerPath("/new")
                .setHostPath("/src")
                .setReadonly(true)
                .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
                .addMountOptions("nosuid")
                .build());
  }

  @Test
  void mountsAreReplacedAndTakenAway() {
    assertThat(config(a -> a.addMounts(mount("/data", "", "bind"))).getMountsList()).singleElement()
        .satisfies(mount -> assertThat(mount.getHostPath()).isEqualTo("/src"));
    assertThat(config(a -> a.addMounts(mount("-/data", ""))).getMountsList()).isEmpty();
    assertThat(config(a -> a.addMounts(mount("-/elsewhere", ""))).getMountsList()).hasSize(1);
  }

  @Test
  void mountsThatCannotBeAreRefused() {
    refused(a -> a.addMounts(mount("/x", "tmpfs", "size=1m")), ErrorCode.UNIMPLEMENTED, "size=1m");
    refused(a -> a.addMounts(mount("/x", "proc")), ErrorCode.UNIMPLEMENTED, "type 'proc'");
    refused(a -> a.addMounts(mount("-/proc", "")), ErrorCode.INVALID_ARGUMENT, "/proc");
  }

  @Test
  void devicesAreFoundByTheirNumbers() {
    ContainerConfig config =
        config(a -> a.getLinuxBuilder().addDevices(LinuxDevice.newBuilder().setPath("/dev/plugged").setType("b").setMajor(1).setMinor(3)));
    assertThat(config.getDevices(1))
        .isEqualTo(Device.newBuilder().setContainerPath("/dev/plugged").setHostPath("/dev/nvme0").setPermissions("rwm").build());
    assertThat(config(a -> a.getLinuxBuilder().addDevices(LinuxDevice.newBuilder().setPath("-/dev/old"))).getDevicesList()).isEmpty();
    refused(a -> a.getLinuxBuilder().addDevices(LinuxDevice.newBuilder().setPath("/dev/x").setType("c").setMajor(9)), ErrorCode.INVALID_ARGUMENT, "c 9:0");
    refused(a -> a.getLinuxBuilder().addDevices(LinuxDevice.newBuilder().setPath("/dev/x").setType("p")), ErrorCode.UNIMPLEMENTED, "'p'");
  }

  @Test
  void onlyNewAnnotationsAreTaken() {
    assertThat(config(a -> a.putAnnotations("new", "2").putAnnotations("-gone", "")).getAnnotationsMap()).containsOnlyKeys("own", "new");
    refused(a -> a.putAnnotations("own", "2"), ErrorCode.INVALID_ARGUMENT, "'own'");
    refused(a -> a.putAnnotations("-own", ""), ErrorCode.INVALID_ARGUMENT, "'own'");
  }

  @Test
  void limitsAreThoseOfTheRequestWithTheChanges() {
    ContainerConfig config =
        config(
            a -> {
              a.getLinuxBuilder().setOomScoreAdj(OptionalInt.newBuilder().setValue(7));
              a.getLinuxBuilder().getResourcesBuilder().getCpuBuilder().setCpus("0");
            });
    assertThat(config.getLinux().getResources().getOomScoreAdj()).isEqualTo(7);
    assertThat(config.getLinux().getResources().getCpusetCpus()).isEqualTo("0");
  }

  @Test
  void hooksOfPluginsAreTakenAndCheckedFirst() {
    ContainerAdjustment hooks =
        adjustment(
            a -> {
              a.getHooksBuilder().addPoststopBuilder().setPath("/bin/release").addArgs("release").setTimeout(OptionalInt.newBuilder().setValue(4));
              a.getHooksBuilder().addStartContainerBuilder().setPath("/init");
            });
    assertThat(AdjustedHooks.of(hooks.getHooks()).at(HookStage.POSTSTOP)).extracting(Hook::timeoutMillis).containsExactly(4000);
    assertThat(AdjustedHooks.of(hooks.getHooks()).at(HookStage.START_CONTAINER)).extracting(Hook::path).containsExactly("/init");
    ContainerAdjustment relative = adjustment(a -> a.getHooksBuilder().addPrestartBuilder().setPath("init"));
    assertThatThrownBy(() -> AdjustedHooks.of(relative.getHooks())).isInstanceOf(CriException.class).hasMessageContaining("prestart hook").hasMessageContaining("'init'");
  }

  @Test
  void allThatCannotBeDoneIsNamed() {
    refused(
        a -> {
          a.getLinuxBuilder().setCgroupsPath("/x").putSysctl("net.a", "1").addNamespacesBuilder().setType("network");
          a.getLinuxBuilder().getIoPriorityBuilder().setPriority(1);
        },
        ErrorCode.UNIMPLEMENTED,
        "linux.cgroups_path");
    refused(a -> a.getLinuxBuilder().putSysctl("net.a", "1"), ErrorCode.UNIMPLEMENTED, "linux.sysctl");
    refused(a -> a.getLinuxBuilder().getMemoryPolicyBuilder(), ErrorCode.UNIMPLEMENTED, "linux.memory_policy");
  }

  @Test
  void environmentAndArgumentsAreReplacedInThePlan() {
    List<PlanOp> plan =
        plan(
            a ->
                a.addEnv(KeyValue.newBuilder().setKey("-OLD"))
                    .addEnv(KeyValue.newBuilder().setKey("NEW").setValue("2"))
                    .addArgs("walk"));
    assertThat(plan).filteredOn(PlanOp.Env.class::isInstance).containsExactly(new PlanOp.Env("KEPT", "1"), new PlanOp.Env("NEW", "2"));
    assertThat(plan).filteredOn(PlanOp.Arg.class::isInstance).containsExactly(new PlanOp.Arg("walk"));
    assertThatThrownBy(() -> plan(a -> a.addEnv(KeyValue.newBuilder().setKey("A=B")))).hasMessageContaining("cannot be the name");
    assertThatThrownBy(() -> plan(a -> a.addArgs("a\0b"))).hasMessageContaining("NUL");
  }

  @Test
  void processLimitsComeBeforeRightsAreGivenUp() {
    List<PlanOp> plan = plan(a -> a.addRlimits(POSIXRlimit.newBuilder().setType("RLIMIT_CORE").setSoft(1).setHard(-1)));
    assertThat(plan).containsSubsequence(new PlanOp.Pivot(false), new PlanOp.Rlimit(Resource.CORE, 1, -1), new PlanOp.Cwd("/"));
    assertThatThrownBy(() -> plan(a -> a.addRlimits(POSIXRlimit.newBuilder().setType("RLIMIT_CORE").setSoft(2).setHard(1)))).hasMessageContaining("above its hard limit");
    assertThatThrownBy(() -> plan(a -> a.addRlimits(POSIXRlimit.newBuilder().setType("CORE")))).hasMessageContaining("no RLIMIT_");
  }

  @Test
  void theModeOfANodeIsThePlugins() {
    List<PlanOp> plan =
        plan(
            a ->
                a.getLinuxBuilder()
                    .addDevices(LinuxDevice.newBuilder().setPath("/dev/null").setFileMode(OptionalFileMode.newBuilder().setValue(0640))));
    assertThat(plan).contains(new PlanOp.Device("/dev/null", DeviceType.CHARACTER, 1, 3, 0640, 0, 0));
  }

  @Test
  void aSeccompPolicyIsCompiledLikeAFile() {
    List<PlanOp> plan =
        plan(
            a ->
                a.getLinuxBuilder()
                    .getSeccompPolicyBuilder()
                    .setDefaultAction("SCMP_ACT_ALLOW")
                    .addFlags("SECCOMP_FILTER_FLAG_LOG")
                    .addSyscallsBuilder()
                    .addNames("mkdir")
                    .setAction("SCMP_ACT_ERRNO")
                    .addArgsBuilder()
                    .setValue(-1)
                    .setOp("SCMP_CMP_EQ"));
    assertThat(plan).filteredOn(PlanOp.Seccomp.class::isInstance).hasSize(1);
    assertThat(compiled).singleElement().asString().contains("\"mkdir\"").contains("18446744073709551615");
    assertThatThrownBy(() -> plan(a -> a.getLinuxBuilder().getSeccompPolicyBuilder().addFlags("X"))).hasMessageContaining("'X'");
    assertThatThrownBy(() -> plan(a -> a.getLinuxBuilder().getSeccompPolicyBuilder().setListenerPath("/x"))).hasMessageContaining("listener");
  }
}
