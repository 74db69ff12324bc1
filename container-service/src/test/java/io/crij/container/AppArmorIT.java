package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.Capability;
import io.crij.cri.ContainerConfig;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.NamespaceMode;
import io.crij.cri.SecurityProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** AppArmor profiles, where the kernel has AppArmor on and apparmor_parser(8) is there: the lane on kernel 6.1 is such a place. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AppArmorIT {
  private static final String PROFILE = "crij-it-no-writes";

  private RealPod pod;

  @BeforeAll
  void loadProfile() throws Exception {
    assumeTrue(NodeFacts.probe().appArmor(), "AppArmor is not enabled in this kernel");
    pod = new RealPod(NamespaceMode.CONTAINER, null);
    parser("-r");
  }

  @AfterEach
  void removeAll() throws Exception {
    pod.removeAll();
  }

  @AfterAll
  void end() throws Exception {
    if (pod != null) {
      parser("-R");
      pod.close();
    }
  }

  private void parser(String action) throws IOException, InterruptedException {
    Path file = pod.folder.resolve("profile");
    Files.writeString(file, "profile " + PROFILE + " flags=(attach_disconnected) {\n  file,\n  capability,\n  signal,\n  ptrace,\n  deny /tmp/** w,\n}\n");
    Process parser = new ProcessBuilder("apparmor_parser", action, "-K", file.toString()).inheritIO().start();
    assertThat(parser.waitFor()).isZero();
  }

  private static ContainerConfig.Builder under(ContainerConfig.Builder config, String profile) {
    return config.setLinux(
        LinuxContainerConfig.newBuilder()
            .setSecurityContext(
                LinuxContainerSecurityContext.newBuilder()
                    .setNoNewPrivs(true)
                    .setSeccomp(SecurityProfile.newBuilder().setProfileType(SecurityProfile.ProfileType.RuntimeDefault))
                    .setApparmor(
                        SecurityProfile.newBuilder().setProfileType(SecurityProfile.ProfileType.Localhost).setLocalhostRef(profile))));
  }

  @Test
  void theProgramAndItsExecsRunUnderTheProfile() {
    String id = pod.running(c -> under(c, PROFILE));
    assertThat(pod.shell(id, "cat /proc/1/attr/current /proc/self/attr/current")).isEqualTo((PROFILE + " (enforce)\n").repeat(2));
    assertThat(pod.exec(id, "touch", "/tmp/x").getStderr().toStringUtf8()).contains("Permission denied");
    assertThat(pod.exec(id, "touch", "/x").getExitCode()).isZero();
  }

  @Test
  void thatOfTheRuntimeKeepsTheNodeOutOfReach() {
    DefaultAppArmor.load(pod.spawn);
    assertThat(new AppArmorProfiles().isLoaded("crij-default")).isTrue();
    String id = pod.running(c -> c.setLinux(mighty(LinuxContainerSecurityContext.newBuilder())));
    assertThat(pod.shell(id, "cat /proc/1/attr/current; echo x > /tmp/x; cat /tmp/x; ls /proc/sys/kernel > /dev/null; kill -0 1; echo fine"))
        .isEqualTo("crij-default (enforce)\nx\nfine\n");
    assertThat(pod.exec(id, "sh", "-c", "echo 0 > /proc/sys/kernel/sysrq").getStderr().toStringUtf8()).contains("Permission denied");
    assertThat(pod.exec(id, "mount", "-t", "tmpfs", "none", "/tmp").getStderr().toStringUtf8()).contains("Permission denied");
    assertThat(pod.exec(id, "cat", "/proc/kcore").getExitCode()).isNotZero();
    String free = pod.running(c -> c.setLinux(mighty(LinuxContainerSecurityContext.newBuilder().setPrivileged(true))));
    assertThat(pod.shell(free, "cat /proc/1/attr/current; mount -t tmpfs none /tmp && echo mounted")).isEqualTo("unconfined\nmounted\n");
  }

  private static LinuxContainerConfig.Builder mighty(LinuxContainerSecurityContext.Builder context) {
    return LinuxContainerConfig.newBuilder().setSecurityContext(context.setCapabilities(Capability.newBuilder().addAddCapabilities("ALL")));
  }

  @Test
  void aProfileThatIsNotLoadedIsRefusedAtOnce() {
    assertThatThrownBy(() -> pod.create(c -> under(c.addCommand("true"), "crij-it-not-loaded")))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("crij-it-not-loaded");
  }
}
