package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cgroups.CgroupDriver;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.DNSConfig;
import io.crij.cri.IDMapping;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxPodSandboxConfig;
import io.crij.cri.LinuxSandboxSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.UserNamespace;
import io.crij.helper.UserMapping;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodConfigCheckTest {
  private static void refused(String field, Consumer<PodSandboxConfig.Builder> change) {
    PodSandboxConfig.Builder config = Pods.config("web");
    change.accept(config);
    assertThatThrownBy(() -> PodConfigCheck.check(Pods.request(config), CgroupDriver.CGROUPFS))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining(field);
  }

  private static void security(String field, LinuxSandboxSecurityContext.Builder security) {
    refused(field, config -> config.setLinux(LinuxPodSandboxConfig.newBuilder().setSecurityContext(security)));
  }

  private static LinuxSandboxSecurityContext.Builder namespaces(NamespaceOption.Builder options) {
    return LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options);
  }

  private static PodSandboxMetadata.Builder metadata() {
    return Pods.config("web").getMetadata().toBuilder();
  }

  @Test
  void aPlainPodPasses() {
    assertThatCode(() -> PodConfigCheck.check(Pods.request("web"), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
    assertThatCode(() -> PodConfigCheck.check(Pods.request(Pods.hostNetwork("node")), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
    assertThatCode(() -> PodConfigCheck.check(Pods.request(Pods.config("A-Very-Long-" + "x".repeat(300)).setHostname("")), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> PodConfigCheck.check(RunPodSandboxRequest.getDefaultInstance(), CgroupDriver.CGROUPFS)).hasMessageContaining("config");
    refused("config.metadata", PodSandboxConfig.Builder::clearMetadata);
    refused("config.metadata.name", config -> config.setMetadata(metadata().clearName()));
    refused("config.metadata.namespace", config -> config.setMetadata(metadata().clearNamespace()));
    refused("config.metadata.uid", config -> config.setMetadata(metadata().clearUid()));
    refused("config.metadata.name", config -> config.setMetadata(metadata().setName("a;K8S_POD_UID=b")));
  }

  @Test
  void handlersAreKnownOrNot() {
    assertThatThrownBy(() -> PodConfigCheck.check(Pods.request("web").toBuilder().setRuntimeHandler("kata").build(), CgroupDriver.CGROUPFS))
        .hasMessageContaining("runtime_handler").hasMessageContaining("kata");
    assertThatCode(() -> PodConfigCheck.check(Pods.request("web").toBuilder().setRuntimeHandler("crij").build(), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
  }

  @Test
  void pathsAreAbsoluteAndPlain() {
    refused("config.log_directory", config -> config.setLogDirectory("logs"));
    refused("config.log_directory", config -> config.setLogDirectory("/var/log/../../etc"));
    refused("config.log_directory", config -> config.setLogDirectory("/var/log/a\u0000b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kubepods", "/a/../b", "/a\u0000b", "/", "//", "/kubepods.slice/kubepods-pod1.slice", "/test.slice", "kubepods-pod1.slice"})
  void badCgroupParents(String parent) {
    refused("config.linux.cgroup_parent", config -> config.setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(parent)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/kubepods/burstable/pod1/"})
  void goodCgroupParents(String parent) {
    PodSandboxConfig.Builder config = Pods.config("web").setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(parent));
    assertThatCode(() -> PodConfigCheck.check(Pods.request(config), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
  }

  @Test
  void withSystemdACgroupParentIsASlice() {
    for (String parent : new String[] {"", "/test.slice", "a-b.slice", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice"}) {
      PodConfigCheck.check(Pods.request(Pods.config("web").setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(parent))), CgroupDriver.SYSTEMD);
    }
    for (String parent : new String[] {"/kubepods/pod1", "/a--b.slice", "/.slice", "a b.slice"}) {
      PodSandboxConfig.Builder config = Pods.config("web").setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(parent));
      assertThatThrownBy(() -> PodConfigCheck.check(Pods.request(config), CgroupDriver.SYSTEMD)).hasMessageContaining("slice");
    }
  }

  @Test
  void hostnamesFitTheKernel() {
    refused("config.hostname", config -> config.setHostname("x".repeat(65)));
    refused("config.hostname", config -> config.setHostname("a\nb"));
    assertThatCode(() -> PodConfigCheck.check(Pods.request(Pods.config("web").setHostname("x".repeat(64))), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
  }

  @Test
  void identitiesAndNamespaces() {
    security("run_as_group", LinuxSandboxSecurityContext.newBuilder().setRunAsGroup(Int64Value.newBuilder().setValue(1)));
    security("namespace_options.network", namespaces(NamespaceOption.newBuilder().setNetwork(NamespaceMode.CONTAINER)));
    security("namespace_options.ipc", namespaces(NamespaceOption.newBuilder().setIpc(NamespaceMode.TARGET)));
    security("namespace_options.pid", namespaces(NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET)));
  }

  private static IDMapping.Builder ids(int container, int host, int length) {
    return IDMapping.newBuilder().setContainerId(container).setHostId(host).setLength(length);
  }

  private static UserNamespace.Builder user(IDMapping.Builder uids, IDMapping.Builder gids) {
    return UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(uids).addGids(gids);
  }

  private static void userRefused(String field, UserNamespace.Builder user) {
    security(field, namespaces(NamespaceOption.newBuilder().setUsernsOptions(user)));
  }

  @Test
  void aUserNamespaceIsOneRangeOfIdsThatBeginsWithRoot() {
    IDMapping.Builder good = ids(0, 100000, 65536);
    PodSandboxConfig.Builder config =
        Pods.config("web")
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(namespaces(NamespaceOption.newBuilder().setUsernsOptions(user(good, ids(0, 200000, 65536))))));
    assertThatCode(() -> PodConfigCheck.check(Pods.request(config), CgroupDriver.CGROUPFS)).doesNotThrowAnyException();
    assertThat(NamespaceModes.of(config.build()).user()).isEqualTo(new UserMapping(100000, 200000, 65536));
    userRefused("userns_options.uids", UserNamespace.newBuilder());
    userRefused("userns_options.uids", user(good, good).addUids(ids(65536, 300000, 1)));
    userRefused("userns_options.gids", UserNamespace.newBuilder().addUids(good));
    userRefused("userns_options.uids", user(ids(1, 100000, 65536), good));
    userRefused("userns_options.gids", user(good, ids(0, 100000, 65535)));
    userRefused("userns_options.uids", user(good, good).setMode(NamespaceMode.NODE));
    userRefused("userns_options.mode", user(good, good).setMode(NamespaceMode.CONTAINER));
    userRefused("userns_options.mode", user(good, good).setMode(NamespaceMode.TARGET));
  }

  /** Numbers that wrap around, and the host's root, must not become a mapping. */
  @Test
  void mappingsThatOverflowAreRefused() {
    userRefused("userns_options.uids", user(ids(0, 0, 65536), ids(0, 0, 65536)));
    userRefused("userns_options.uids", user(ids(0, 100000, 0), ids(0, 100000, 0)));
    userRefused("userns_options.uids", user(ids(0, -2, 65536), ids(0, -2, 65536)));
    userRefused("userns_options.uids", user(ids(0, 1, -1), ids(0, 1, -1)));
    userRefused("userns_options.uids", user(ids(0, 0x8000_0000, 0x8000_0000), ids(0, 0x8000_0000, 0x8000_0000)));
  }

  @Test
  void aUserNamespaceGoesWithNamespacesThatItOwns() {
    UserNamespace.Builder user = user(ids(0, 100000, 65536), ids(0, 100000, 65536));
    security("namespace_options.pid", namespaces(NamespaceOption.newBuilder().setPid(NamespaceMode.NODE).setUsernsOptions(user)));
    security("namespace_options.ipc", namespaces(NamespaceOption.newBuilder().setIpc(NamespaceMode.NODE).setUsernsOptions(user)));
  }

  @Test
  void resolverEntriesWriteNoLinesOfTheirOwn() {
    refused("dns_config.servers", config -> config.setDnsConfig(DNSConfig.newBuilder().addServers("192.0.2.1\noptions x")));
    refused("dns_config.searches", config -> config.setDnsConfig(DNSConfig.newBuilder().addSearches("")));
  }

  private static Map<String, String> sysctls(NamespaceModes modes, String key, String value) {
    return SysctlRules.plan(Map.of(key, value), modes);
  }

  private static final NamespaceModes OWN = new NamespaceModes(NamespaceMode.POD, NamespaceMode.POD, NamespaceMode.POD);
  private static final NamespaceModes NODE = new NamespaceModes(NamespaceMode.NODE, NamespaceMode.NODE, NamespaceMode.NODE);

  @Test
  void sysctlsOfThePodsOwnNamespaces() {
    assertThat(sysctls(OWN, "net.ipv4.conf.eth0/100.forwarding", "1")).containsEntry("net/ipv4/conf/eth0.100/forwarding", "1");
    assertThat(sysctls(OWN, "net/ipv4/ip_unprivileged_port_start", "80")).containsEntry("net/ipv4/ip_unprivileged_port_start", "80");
    assertThat(sysctls(OWN, "fs.mqueue.msg_max", "100")).containsEntry("fs/mqueue/msg_max", "100");
    assertThat(sysctls(OWN, "kernel.sem", "32 32000 32 1")).containsKey("kernel/sem");
    assertThat(SysctlRules.plan(Map.of(), NODE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.core_pattern", "vm.overcommit_memory", "kernel.shm_rmid_forced/../core_pattern", "net/../kernel/core_pattern",
        "net..x", "kernel.shmmax=1\nkernel.core_pattern", "kernel.core_pattern+x", "", "net", "kernel.hostname", "fs.mqueue.", "net.a b"
      })
  void sysctlsOfTheNodeAreRefused(String key) {
    assertThatThrownBy(() -> sysctls(OWN, key, "1"))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("config.linux.sysctls");
  }

  @ParameterizedTest
  @ValueSource(strings = {"net.ipv4.ip_forward", "kernel.shmmax", "fs.mqueue.msg_max", "kernel.domainname"})
  void sysctlsNeedANamespaceOfThePod(String key) {
    assertThatThrownBy(() -> sysctls(NODE, key, "1")).isInstanceOf(CriException.class).hasMessageContaining(key);
  }

  @Test
  void sysctlValuesAreOneLine() {
    assertThatThrownBy(() -> sysctls(OWN, "kernel.shmmax", "1\n2")).isInstanceOf(CriException.class);
  }
}
