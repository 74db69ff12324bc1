package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.CDIDevice;
import io.crij.cri.Capability;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Device;
import io.crij.cri.ImageSpec;
import io.crij.cri.Int64Value;
import io.crij.cri.LinuxContainerConfig;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import io.crij.cri.NamespaceMode;
import io.crij.cri.NamespaceOption;
import io.crij.cri.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a request says of rights, volumes and devices, in the real kernel. The pod's containers share a PID namespace. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityContextIT {
  private RealPod pod;

  @BeforeAll
  void makePod() throws Exception {
    pod = new RealPod(NamespaceMode.POD, null);
  }

  @AfterEach
  void removeAll() throws Exception {
    pod.removeAll();
  }

  @AfterAll
  void end() throws Exception {
    pod.close();
  }

  private static ContainerConfig.Builder as(ContainerConfig.Builder config, LinuxContainerSecurityContext.Builder context) {
    return config.setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context));
  }

  private static Mount.Builder image(String target) {
    return Mount.newBuilder().setContainerPath(target).setReadonly(true).setImage(ImageSpec.newBuilder().setImage("box"));
  }

  private void refused(ErrorCode code, String words, UnaryOperator<ContainerConfig.Builder> change) {
    assertThatThrownBy(() -> pod.create(c -> change.apply(c.addCommand("true"))))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void anImageIsAVolume() {
    String id = pod.running(c -> c.addMounts(image("/image")).addMounts(image("/part").setImageSubPath("data/")));
    assertThat(pod.shell(id, "cat /image/data/of-image /part/of-image; /image/bin/busybox echo runs; ls /part")).isEqualTo("keptkeptruns\nof-image\n");
    assertThat(pod.exec(id, "touch", "/image/x").getStderr().toStringUtf8()).contains("Read-only file system");
    assertThat(pod.exec(id, "touch", "/part/x").getStderr().toStringUtf8()).contains("Read-only file system");
    String data = pod.running(c -> c.addMounts(image("/image").addMountOptions("noexec")));
    assertThat(pod.exec(data, "/image/bin/busybox", "true").getExitCode()).isEqualTo(126);
    Mount shown = pod.status(id).getMounts(0);
    assertThat(shown.getImage().getImage()).isEqualTo(TestImages.ID);
    assertThat(shown.getImage().getImageRef()).isEqualTo(TestImages.ID);
    assertThat(shown.getContainerPath()).isEqualTo("/image");
  }

  /** A link in the image leads nowhere but into the image, and what is not there is told when the container is made. */
  @Test
  void aSubPathStaysInTheImage() throws IOException {
    Path layer = pod.folder.resolve("layers/layer");
    Files.createSymbolicLink(layer.resolve("up"), Path.of("../../../../../../data"));
    Files.createSymbolicLink(layer.resolve("etc-of-host"), Path.of("/etc"));
    Files.createSymbolicLink(layer.resolve("loop"), Path.of("loop"));
    try {
      String id = pod.running(c -> c.addMounts(image("/part").setImageSubPath("up")));
      assertThat(pod.shell(id, "ls /part")).isEqualTo("of-image\n");
      for (String path : List.of("none", "etc-of-host/passwd", "loop", "data/of-image/x", "proc/self/root")) {
        refused(ErrorCode.INVALID_ARGUMENT, "ImageVolumeMountFailed: config.mounts[0].image_sub_path", c -> c.addMounts(image("/part").setImageSubPath(path)));
      }
      refused(ErrorCode.INVALID_ARGUMENT, "'..'", c -> c.addMounts(image("/part").setImageSubPath("../data")));
    } finally {
      for (String name : List.of("up", "etc-of-host", "loop")) {
        Files.delete(layer.resolve(name));
      }
    }
  }

  @Test
  void anArtifactIsAVolumeAndNothingToRun() {
    String id = pod.running(c -> c.addMounts(image("/model").setImage(ImageSpec.newBuilder().setImage("files"))));
    assertThat(pod.shell(id, "ls /model/data")).isEqualTo("of-image\n");
    assertThat(pod.status(id).getMounts(0).getImage().getImageRef()).isEqualTo(TestImages.ARTIFACT_ID);
    refused(
        ErrorCode.FAILED_PRECONDITION,
        "'files' is an OCI artifact of type application/vnd.example.model, which says nothing to run",
        c -> c.setImage(ImageSpec.newBuilder().setImage("files")));
  }

  @Test
  void anImageThatCannotBeAVolumeIsRefused() {
    refused(ErrorCode.NOT_FOUND, "ImageVolumeMountFailed: ", c -> c.addMounts(image("/x").setImage(ImageSpec.newBuilder().setImage("none"))));
    refused(ErrorCode.INVALID_ARGUMENT, "ImageVolumeMountFailed: config.mounts[0].readonly", c -> c.addMounts(image("/x").setReadonly(false)));
    refused(ErrorCode.INVALID_ARGUMENT, "mount_options", c -> c.addMounts(image("/x").addMountOptions("suid")));
    refused(ErrorCode.INVALID_ARGUMENT, "host_path", c -> c.addMounts(image("/x").setHostPath("/tmp")));
    refused(ErrorCode.INVALID_ARGUMENT, "container_path", c -> c.addMounts(image("/")));
  }

  @Test
  void anAmbientCapabilityReachesAProgramThatIsNotRoot() {
    String id =
        pod.running(
            c ->
                as(
                    c,
                    LinuxContainerSecurityContext.newBuilder()
                        .setRunAsUsername("web")
                        .setRunAsGroup(Int64Value.newBuilder().setValue(77))
                        .setCapabilities(
                            Capability.newBuilder().addDropCapabilities("ALL").addAddAmbientCapabilities("NET_BIND_SERVICE"))));
    assertThat(pod.shell(id, "id -u; id -g")).isEqualTo("1000\n77\n");
    assertThat(pod.shell(id, "cat /proc/self/status"))
        .contains("CapEff:\t0000000000000400", "CapAmb:\t0000000000000400", "CapBnd:\t0000000000000400", "CapInh:\t0000000000000400");
    String none = pod.running(c -> as(c, LinuxContainerSecurityContext.newBuilder().setRunAsUsername("web")));
    assertThat(pod.shell(none, "cat /proc/self/status")).contains("CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "CapInh:\t0000000000000000");
  }

  @Test
  void propagationThatTheHostDoesNotHaveIsRefused() throws Exception {
    Path own = Files.createDirectory(pod.folder.resolve("private"));
    run("mount", "--bind", own.toString(), own.toString());
    try {
      run("mount", "--make-private", own.toString());
      for (MountPropagation kind : List.of(MountPropagation.PROPAGATION_BIDIRECTIONAL, MountPropagation.PROPAGATION_HOST_TO_CONTAINER)) {
        String id =
            pod.create(c -> c.addCommand("true").addMounts(Mount.newBuilder().setHostPath(own.toString()).setContainerPath("/x").setPropagation(kind)));
        assertThatThrownBy(() -> pod.start(id))
            .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
            .hasMessageContaining(own.toString())
            .hasMessageContaining("make-rshared");
      }
      run("mount", "--make-shared", own.toString());
      String id =
          pod.running(
              c ->
                  c.addMounts(
                      Mount.newBuilder().setHostPath(own.toString()).setContainerPath("/x").setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)));
      assertThat(pod.shell(id, "cat /proc/self/mountinfo")).containsPattern(" /x [^-]* master:");
    } finally {
      run("umount", "-l", own.toString());
    }
  }

  @Test
  void aFolderOfDevicesIsGivenAsAWhole() throws Exception {
    Path devices = Files.createDirectories(pod.folder.resolve("devices/sub"));
    run("mknod", "-m", "666", devices.resolve("zero").toString(), "c", "1", "5");
    run("mknod", "-m", "666", devices.resolveSibling("null").toString(), "c", "1", "3");
    String id =
        pod.running(
            c ->
                c.addDevices(
                    Device.newBuilder().setHostPath(pod.folder.resolve("devices").toString()).setContainerPath("/dev/own").setPermissions("rw")));
    assertThat(pod.shell(id, "echo x > /dev/own/null && stat -c %t:%T /dev/own/sub/zero")).isEqualTo("1:5\n");
    refused(ErrorCode.INVALID_ARGUMENT, "config.devices[0]", c -> c.addDevices(Device.newBuilder().setHostPath("/etc/passwd").setContainerPath("/dev/x")));
  }

  @Test
  void aCdiDeviceBringsWhatItNeeds() throws Exception {
    Path file = Files.createDirectory(pod.folder.resolve("driver")).resolve("version");
    Files.writeString(file, "7");
    Files.writeString(
        pod.folder.resolve("cdi/vendor.json"),
        """
        {"cdiVersion": "0.6.0", "kind": "vendor.com/class", "devices": [{"name": "one", "containerEdits": {
          "env": ["DRIVER=seven"], "additionalGids": [4242],
          "deviceNodes": [{"path": "/dev/vendor/one", "hostPath": "/dev/zero", "permissions": "r", "fileMode": 292}],
          "mounts": [{"hostPath": "%s", "containerPath": "/driver", "options": ["ro"]}]}}]}
        """
            .formatted(file.getParent()));
    String id =
        pod.running(
            c ->
                as(c, LinuxContainerSecurityContext.newBuilder().setRunAsUser(Int64Value.newBuilder().setValue(1000)))
                    .addCDIDevices(CDIDevice.newBuilder().setName("vendor.com/class=one")));
    assertThat(pod.shell(id, "echo $DRIVER; cat /driver/version; id -G; stat -c %a:%u:%t:%T /dev/vendor/one; head=$(echo < /dev/vendor/one); echo read"))
        .isEqualTo("seven\n71000 4242 50000\n444:1000:1:5\nread\n");
    assertThat(pod.status(id).getMountsList()).isEmpty();
    assertThat(pod.status(id).getUser().getLinux().getSupplementalGroupsList()).contains(4242L);
    refused(ErrorCode.NOT_FOUND, "vendor.com/class=two", c -> c.addCDIDevices(CDIDevice.newBuilder().setName("vendor.com/class=two")));
  }

  @Test
  void containersOfASharedPidNamespaceHaveAnInitThatReaps() throws Exception {
    String first = pod.running(c -> c);
    String second = pod.running(c -> c);
    assertThat(pod.shell(first, "ps -o comm | grep -c '^sleep$'")).isEqualTo("2\n");
    assertThat(pod.shell(first, "cat /proc/1/comm")).isEqualTo("crij-init\n");
    // An orphan of an exec becomes a child of init, which must wait for it.
    pod.shell(second, "(sleep 0.05 &) ; true");
    pod.shell(first, "while [ $(ps -o comm | grep -c '^sleep') != 2 ]; do :; done");
  }

  @Test
  void aContainerJoinsThePidNamespaceOfItsTarget() {
    NamespaceOption.Builder own = NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER);
    String target = pod.running(c -> as(c, LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(own)));
    NamespaceOption.Builder joined = NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET).setTargetId(target);
    String debug = pod.running(c -> as(c, LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(joined)));
    assertThat(pod.shell(debug, "cat /proc/1/cmdline | tr '\\0' ' '; ps -o comm | grep -c '^sleep$'")).isEqualTo("sleep 1000 2\n");
    refused(
        ErrorCode.INVALID_ARGUMENT,
        "target_id",
        c -> as(c, LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET))));
  }

  @Test
  void theStopSignalOfTheRequestIsToldAndSent() {
    String id = pod.create(c -> c.addAllCommand(List.of("sh", "-c", "trap 'exit 9' USR1; touch /ready; while true; do sleep 0.05; done")).setStopSignal(Signal.SIGNAL_SIGUSR1));
    assertThat(pod.status(id).getStopSignal()).isEqualTo(Signal.SIGNAL_SIGUSR1);
    pod.start(id);
    pod.shell(id, "until test -e /ready; do sleep 0.02; done");
    new StopContainer(pod.host).run(io.crij.cri.StopContainerRequest.newBuilder().setContainerId(id).setTimeout(20).build());
    assertThat(pod.status(id).getExitCode()).isEqualTo(9);
  }
}
