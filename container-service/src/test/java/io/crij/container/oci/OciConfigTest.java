package io.crij.container.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.cgroups.DeviceRules;
import io.crij.core.Json;
import io.crij.helper.plan.DeviceType;
import io.crij.helper.plan.FilesystemType;
import io.crij.helper.plan.Instructions;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.MountAttr;
import io.crij.helper.plan.PlanOp;
import io.crij.helper.plan.Propagation;
import io.crij.helper.plan.Resource;
import io.crij.helper.plan.SeccompFlag;
import io.crij.helper.plan.SourceNeeds;
import io.crij.helper.plan.TargetKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OciConfigTest {
  private static final Instructions FILTER = Instructions.of(new byte[] {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f});
  private static final String PROFILE = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}";

  @Test
  void theProcessIsThePlans() throws Exception {
    JsonNode process =
        config(
                new PlanOp.Rlimit(Resource.NOFILE, 10, Resource.UNLIMITED),
                new PlanOp.Cwd("/srv"),
                new PlanOp.Ids(1000, 1001, List.of(7L, 50_000L)),
                new PlanOp.Caps(1 << 10 | 1, 1, 1, 0, 0),
                new PlanOp.NoNewPrivs(),
                new PlanOp.Env("A", "a=b \"c\"\n"),
                new PlanOp.Arg("/bin/sh"),
                new PlanOp.Arg("-c"),
                new PlanOp.AppArmor("web"))
            .path("process");
    assertThat(process.path("cwd").asText()).isEqualTo("/srv");
    assertThat(process.path("user").toString()).isEqualTo("{\"uid\":1000,\"gid\":1001,\"umask\":18,\"additionalGids\":[7,50000]}");
    assertThat(process.path("capabilities").path("bounding").toString()).isEqualTo("[\"CAP_CHOWN\",\"CAP_NET_BIND_SERVICE\"]");
    assertThat(process.path("capabilities").path("inheritable").toString()).isEqualTo("[]");
    assertThat(process.path("noNewPrivileges").asBoolean()).isTrue();
    assertThat(process.path("env").get(0).asText()).isEqualTo("A=a=b \"c\"\n");
    assertThat(process.path("args").toString()).isEqualTo("[\"/bin/sh\",\"-c\"]");
    assertThat(process.path("apparmorProfile").asText()).isEqualTo("web");
    assertThat(process.path("terminal").asBoolean()).isFalse();
    assertThat(process.path("rlimits").toString()).isEqualTo("[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":18446744073709551615}]");
  }

  @Test
  void openFilesHaveTheLimitThatEveryContainerHas() throws Exception {
    assertThat(config(new PlanOp.Arg("x")).path("process").path("rlimits").toString())
        .isEqualTo("[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,\"hard\":524288}]");
  }

  @Test
  void mountsKeepTheirOrderSourcesAndAttributes() throws Exception {
    List<PlanOp> plan = new ArrayList<>();
    plan.add(new PlanOp.Source(1, "/host/data", true, SourceNeeds.ANYTHING));
    plan.add(new PlanOp.Source(2, "/host/file", false, SourceNeeds.SHARED_OR_SLAVE));
    plan.add(new PlanOp.Source(3, "/layers/volume-0", false, SourceNeeds.ANYTHING));
    plan.add(new PlanOp.Image(4, "/layers", List.of("a", "b"), false));
    plan.add(new PlanOp.Overlay(0, "/layers", List.of("a"), "/u", "/w", true));
    plan.add(new PlanOp.Root(0, Set.of(), Propagation.SLAVE));
    plan.add(new PlanOp.Filesystem(FilesystemType.PROC, "/proc", Set.of(MountAttr.NOEXEC, MountAttr.NOSUID), List.of(), Propagation.PRIVATE));
    plan.add(new PlanOp.PodShm("/dev/shm", Set.of(MountAttr.NODEV)));
    plan.add(new PlanOp.Mount(1, "/data", Set.of(MountAttr.RDONLY), true, Propagation.PRIVATE, TargetKind.FOLDER));
    plan.add(new PlanOp.Mount(2, "/data/file", Set.of(), false, Propagation.SLAVE, TargetKind.FILE));
    plan.add(new PlanOp.Volume(3, "/var/volume", Set.of()));
    plan.add(new PlanOp.Mount(4, "/models", Set.of(MountAttr.RDONLY), false, Propagation.PRIVATE, TargetKind.LIKE_SOURCE, "part"));
    JsonNode config = config(plan);
    assertThat(lines(config.path("mounts")))
        .containsExactly(
            "/proc proc proc [\"nosuid\",\"noexec\"]",
            "/dev/shm bind /b/seed/shm [\"bind\",\"rprivate\",\"nodev\"]",
            "/data bind /host/data [\"rbind\",\"rro\",\"rprivate\"]",
            "/data/file bind /host/file [\"bind\",\"rslave\"]",
            "/var/volume bind /b/mounts/3 [\"bind\",\"rprivate\"]",
            "/models bind /b/mounts/4 [\"bind\",\"ro\",\"rprivate\"]");
    assertThat(config.path("root").path("path").asText()).isEqualTo("/b/rootfs");
    assertThat(config.path("linux").path("rootfsPropagation").asText()).isEqualTo("rslave");
  }

  @Test
  void theHierarchiesOfVersion1AreOneEntry() throws Exception {
    String cgroup = "/sys/fs/cgroup";
    JsonNode config =
        config(
            new PlanOp.Source(1, "/sys/fs/cgroup/memory/pod/c", false, SourceNeeds.ANYTHING),
            new PlanOp.Filesystem(FilesystemType.TMPFS, cgroup, Set.of(MountAttr.NODEV), List.of("mode=755"), Propagation.PRIVATE),
            new PlanOp.Symlink(cgroup + "/cpu", "cpu,cpuacct"),
            new PlanOp.Mount(1, cgroup + "/memory", Set.of(MountAttr.RDONLY), false, Propagation.PRIVATE, TargetKind.FOLDER),
            new PlanOp.Readonly(cgroup),
            new PlanOp.Readonly("/proc/sys"),
            new PlanOp.Mask("/proc/kcore"));
    assertThat(lines(config.path("mounts"))).containsExactly("/sys/fs/cgroup cgroup cgroup [\"nodev\",\"ro\"]");
    assertThat(config.path("linux").path("readonlyPaths").toString()).isEqualTo("[\"/sys/fs/cgroup\",\"/proc/sys\"]");
    assertThat(config.path("linux").path("maskedPaths").toString()).isEqualTo("[\"/proc/kcore\"]");
  }

  @Test
  void devicesNamespacesSysctlsAndTheTerminalAreThere() throws Exception {
    JsonNode config =
        config(
            new PlanOp.Device("/dev/fuse", DeviceType.CHARACTER, 10, 229, 0660, 1, 2),
            new PlanOp.Console(80, 24),
            new PlanOp.Sysctl("net/ipv4/ip_forward", "1"),
            new PlanOp.Pivot(true));
    JsonNode linux = config.path("linux");
    assertThat(linux.path("devices").toString())
        .isEqualTo("[{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,\"minor\":229,\"fileMode\":432,\"uid\":1,\"gid\":2}]");
    assertThat(linux.path("namespaces").toString()).isEqualTo("[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/7/ns/pid\"}]");
    assertThat(linux.path("sysctl").toString()).isEqualTo("{\"net.ipv4.ip_forward\":\"1\"}");
    assertThat(linux.path("cgroupsPath").asText()).isEqualTo("/crij/pod/c");
    assertThat(linux.path("resources").path("devices").get(0).toString()).isEqualTo("{\"allow\":false,\"access\":\"rwm\"}");
    assertThat(linux.path("resources").path("devices").toString()).contains("{\"allow\":true,\"type\":\"c\",\"major\":136,\"access\":\"rwm\"}");
    assertThat(config.path("root").path("readonly").asBoolean()).isTrue();
    assertThat(config.path("process").path("terminal").asBoolean()).isTrue();
    assertThat(config.path("process").path("consoleSize").toString()).isEqualTo("{\"height\":24,\"width\":80}");
    assertThat(config.path("annotations").path("k").asText()).isEqualTo("v");
  }

  @Test
  void aFilterNeedsTheProfileThatItWasMadeOf() throws Exception {
    JsonNode seccomp = config(new PlanOp.Seccomp(FILTER, Set.of(SeccompFlag.LOG))).path("linux").path("seccomp");
    assertThat(seccomp.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(seccomp.path("flags").toString()).isEqualTo("[\"SECCOMP_FILTER_FLAG_LOG\"]");
    OciFacts without = facts(null);
    LaunchPlan plan = new LaunchPlan(List.of(new PlanOp.Seccomp(FILTER, Set.of())));
    assertThatThrownBy(() -> OciConfig.write(plan, without)).isInstanceOf(IllegalArgumentException.class);
  }

  private static OciFacts facts(@Nullable String seccomp) {
    return new OciFacts(
        Path.of("/b"),
        null,
        List.of(OciNamespace.own("mount"), new OciNamespace("pid", "/proc/7/ns/pid")),
        "/crij/pod/c",
        DeviceRules.DEFAULT,
        1_000_000,
        seccomp,
        Map.of("k", "v"));
  }

  private static JsonNode config(PlanOp... operations) throws Exception {
    return config(List.of(operations));
  }

  private static JsonNode config(List<PlanOp> operations) throws Exception {
    return Json.OWN.readTree(new String(OciConfig.write(new LaunchPlan(operations), facts(PROFILE)), StandardCharsets.UTF_8));
  }

  private static List<String> lines(JsonNode mounts) {
    List<String> lines = new ArrayList<>();
    for (JsonNode mount : mounts) {
      lines.add(
          mount.path("destination").asText() + " " + mount.path("type").asText() + " " + mount.path("source").asText() + " " + mount.path("options"));
    }
    return lines;
  }
}
