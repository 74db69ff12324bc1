package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.ContainerConfig;
import io.crij.cri.IDMapping;
import io.crij.cri.ImageSpec;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.UserNamespace;
import io.crij.helper.UserMapping;
import io.crij.helper.UserNamespaceProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A pod with a user namespace of its own, in the real kernel. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserNamespaceIT {
  private static final UserMapping MAPPING = new UserMapping(100_000, 200_000, 65_536);
  private static final IDMapping UIDS = IDMapping.newBuilder().setHostId(100_000).setLength(65_536).build();
  private static final IDMapping GIDS = IDMapping.newBuilder().setHostId(200_000).setLength(65_536).build();

  private RealPod pod;

  @BeforeAll
  void makePod() throws Exception {
    pod = new RealPod(NamespaceMode.CONTAINER, MAPPING);
    // Linux before 6.3 maps no owners on a tmpfs, where the lane on an old kernel keeps its scratch.
    Optional<String> missing = UserNamespaceProbe.missing(pod.spawn, RealPod.CRIJ_POD.toRealPath(), pod.folder);
    assumeTrue(missing.isEmpty(), () -> "no user namespaces for pods here: " + missing.orElseThrow());
  }

  @AfterEach
  void removeAll() throws Exception {
    pod.removeAll();
  }

  @AfterAll
  void end() throws Exception {
    pod.close();
  }

  private static Mount.Builder mapped(Path source, String target) {
    return Mount.newBuilder().setHostPath(source.toString()).setContainerPath(target).addUidMappings(UIDS).addGidMappings(GIDS);
  }

  private static ContainerConfig.Builder as(ContainerConfig.Builder config, LinuxContainerSecurityContext.Builder context) {
    return config.setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context));
  }

  private static String owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid") + ":" + Files.getAttribute(file, "unix:gid");
  }

  @Test
  void rootInsideIsNobodyOutside() throws Exception {
    String id = pod.running(c -> c.setWorkingDir("/made/for/it").setLogPath("0.log"));
    assertThat(pod.shell(id, "cat /proc/self/uid_map /proc/self/gid_map").strip().split("\\s+"))
        .containsExactly("0", "100000", "65536", "0", "200000", "65536");
    assertThat(pod.shell(id, "id -u; pwd; cat /etc/resolv.conf")).isEqualTo("0\n/made/for/it\nnameserver 192.0.2.1\n");
    assertThat(pod.shell(id, "stat -c %u:%g / /bin/busybox /dev /dev/null /dev/shm /proc/1 . | sort -u")).isEqualTo("0:0\n");
    assertThat(pod.shell(id, "echo x > /dev/null; cat /data/of-image; touch /new /data/new /dev/shm/new; echo again > /proc/self/fd/1"))
        .isEqualTo("keptagain\n");
    Path own = pod.host.store().folder(pod.host.store().get(id).id());
    assertThat(owner(own.resolve("u/new"))).isEqualTo("100000:200000");
    assertThat(owner(own.resolve("v/0/new"))).isEqualTo("100000:200000");
    assertThat(owner(pod.folder.resolve("layers/layer/bin/busybox"))).isEqualTo("0:0");
    assertThat(Files.readString(Path.of("/proc/" + pod.host.store().get(id).life().pid() + "/status"))).contains("Uid:\t100000\t");
  }

  @Test
  void ownersOfVolumesAreMappedWhereThatIsAskedFor() throws Exception {
    Path volume = Files.createDirectory(pod.folder.resolve("mapped"));
    Path plain = Files.createDirectory(pod.folder.resolve("plain"));
    Files.setAttribute(plain, "unix:mode", 0777);
    String id =
        pod.running(
            c ->
                as(c, LinuxContainerSecurityContext.newBuilder().setRunAsUser(Int64Value.newBuilder().setValue(7)))
                    .addMounts(mapped(volume, "/mapped"))
                    .addMounts(Mount.newBuilder().setHostPath(plain.toString()).setContainerPath("/plain")));
    assertThat(pod.shell(id, "stat -c %u:%g /mapped /plain")).isEqualTo("0:0\n65534:65534\n");
    Files.setAttribute(volume, "unix:mode", 0777);
    pod.shell(id, "touch /mapped/x /plain/x");
    assertThat(owner(volume.resolve("x"))).isEqualTo("7:0");
    assertThat(owner(plain.resolve("x"))).isEqualTo("100007:200000");
    assertThat(pod.status(id).getMounts(0).getUidMappings(0)).isEqualTo(UIDS);
  }

  @Test
  void aFileSystemThatCannotMapIsNamed() {
    String id = pod.create(c -> c.addCommand("true").addMounts(mapped(Path.of("/proc/sys"), "/x")));
    assertThatThrownBy(() -> pod.start(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining("'/proc/sys' cannot show its owners mapped");
    assertThat(pod.status(id).getReason()).isEqualTo("StartError");
  }

  /** With CAP_SYS_ADMIN in the namespace one can mount, but not take away what the runtime mounted. */
  @Test
  void aMightyContainerCannotUndoItsMounts() throws Exception {
    Path volume = Files.createDirectory(pod.folder.resolve("readonly"));
    String id =
        pod.running(
            c ->
                as(c, LinuxContainerSecurityContext.newBuilder().setPrivileged(true))
                    .addMounts(mapped(volume, "/ro").setReadonly(true)));
    assertThat(pod.shell(id, "mount -t tmpfs none /tmp && touch /tmp/x && umount /tmp && echo fine")).isEqualTo("fine\n");
    assertThat(pod.exec(id, "mount", "-o", "remount,bind,rw", "/ro").getExitCode()).isNotZero();
    assertThat(pod.exec(id, "umount", "/ro").getExitCode()).isNotZero();
    assertThat(pod.exec(id, "touch", "/ro/x").getExitCode()).isNotZero();
    assertThat(pod.exec(id, "sh", "-c", "echo 1 > /proc/sys/kernel/sysrq").getExitCode()).isNotZero();
  }

  @Test
  void imagesAsVolumesAreMappedToo() {
    String id =
        pod.running(
            c ->
                c.addMounts(
                    Mount.newBuilder().setContainerPath("/image").setReadonly(true).setImage(ImageSpec.newBuilder().setImage("box"))));
    assertThat(pod.shell(id, "stat -c %u:%g /image/bin/busybox; /image/bin/busybox cat /image/data/of-image")).isEqualTo("0:0\nkept");
  }

  @Test
  void theNextDaemonFindsIt() {
    String id = pod.running(c -> c);
    RemoveContainer again = new RemoveContainer(pod.host);
    new RecoverContainers(pod.host, again).run();
    assertThat(pod.status(id).getState()).isEqualTo(io.crij.cri.ContainerState.CONTAINER_RUNNING);
    assertThat(pod.shell(id, "cat /proc/self/uid_map").strip().split("\\s+")).containsExactly("0", "100000", "65536");
  }

  @Test
  void whatThePodsNamespaceDoesNotHaveIsRefused() {
    refused("run_as_user", c -> as(c, LinuxContainerSecurityContext.newBuilder().setRunAsUser(Int64Value.newBuilder().setValue(65_536))));
    refused("supplemental_groups", c -> as(c, LinuxContainerSecurityContext.newBuilder().addSupplementalGroups(4_000_000_000L)));
    refused(
        "userns_options",
        c ->
            as(
                c,
                LinuxContainerSecurityContext.newBuilder()
                    .setNamespaceOptions(
                        NamespaceOption.newBuilder()
                            .setPid(NamespaceMode.CONTAINER)
                            .setUsernsOptions(UserNamespace.newBuilder().setMode(NamespaceMode.NODE)))));
    refused("uidMappings", c -> c.addMounts(mapped(pod.folder, "/x").clearGidMappings().addGidMappings(UIDS)));
    refused("gids", c -> c.addMounts(mapped(pod.folder, "/x").clearGidMappings()));
    refused("propagation", c -> c.addMounts(mapped(pod.folder, "/x").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)));
  }

  private void refused(String field, UnaryOperator<ContainerConfig.Builder> change) {
    assertThatThrownBy(() -> pod.create(c -> change.apply(c.addAllCommand(List.of("true")))))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining(field);
  }
}
