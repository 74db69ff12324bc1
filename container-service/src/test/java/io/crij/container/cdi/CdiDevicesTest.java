package io.crij.container.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.container.hooks.Hook;
import io.crij.container.hooks.HookStage;
import io.crij.container.hooks.Hooks;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.CDIDevice;
import io.crij.cri.ContainerConfig;
import io.crij.cri.Mount;
import io.crij.cri.MountPropagation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CdiDevicesTest {
  private static final String YAML =
      """
      cdiVersion: "0.6.0"
      kind: vendor.com/gpu
      containerEdits:
        env:
          - VENDOR=common
        mounts:
          - hostPath: /opt/vendor/lib
            containerPath: /usr/lib/vendor
            options: [ro, nosuid, rbind]
      devices:
        - name: gpu0
          containerEdits:
            env: [GPU=0]
            deviceNodes:
              - path: /dev/gpu0
                hostPath: /dev/vendor/gpu0
                type: c
                major: 195
                minor: 0
                fileMode: 432
                permissions: rw
                uid: 7
            additionalGids: [44]
        - name: gpu1
          containerEdits:
            env: [GPU=1]
      """;

  @TempDir Path scratch;
  private Path installed = Path.of("/");
  private Path plugged = Path.of("/");
  private CdiDevices devices = new CdiDevices(List.of());

  @BeforeEach
  void folders() throws IOException {
    installed = Files.createDirectory(scratch.resolve("etc"));
    plugged = Files.createDirectory(scratch.resolve("run"));
    devices = new CdiDevices(List.of(installed, plugged));
  }

  private CdiEdits edits(String... names) {
    ContainerConfig.Builder config = ContainerConfig.newBuilder();
    for (String name : names) {
      config.addCDIDevices(CDIDevice.newBuilder().setName(name));
    }
    return devices.edits(config.build());
  }

  private static String json(String device, String edits) {
    return "{\"cdiVersion\":\"0.5.0\",\"kind\":\"vendor.com/gpu\",\"devices\":[{\"name\":\"" + device + "\",\"containerEdits\":" + edits + "}]}";
  }

  private void refused(ErrorCode code, String words, String name) {
    assertThatThrownBy(() -> edits(name))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  @Test
  void whatADeviceNeedsComesWithWhatItsFileSaysForAll() throws IOException {
    Files.writeString(installed.resolve("vendor.yaml"), YAML);
    CdiEdits edits = edits("vendor.com/gpu=gpu0", "vendor.com/gpu=gpu1", "vendor.com/gpu=gpu0");
    assertThat(edits.env()).containsExactly("VENDOR=common", "GPU=0", "GPU=1");
    assertThat(edits.mounts())
        .containsExactly(
            Mount.newBuilder().setHostPath("/opt/vendor/lib").setContainerPath("/usr/lib/vendor").setReadonly(true).addMountOptions("nosuid").build());
    assertThat(edits.nodes()).containsExactly(new CdiEdits.Node("/dev/gpu0", "/dev/vendor/gpu0", "c", 195, 0, 0660, 7L, null, "rw"));
    assertThat(edits.groups()).containsExactly(44L);
    assertThat(edits()).isEqualTo(CdiEdits.NONE);
  }

  @Test
  void hooksComeInTheOrderOfTheirDevices() throws IOException {
    String links =
        "{\"hooks\":[{\"hookName\":\"createContainer\",\"path\":\"/usr/bin/vendor-ctk\",\"args\":[\"vendor-ctk\",\"create-symlinks\"],\"env\":[\"DEBUG=false\"],\"timeout\":5},"
            + "{\"hookName\":\"poststop\",\"path\":\"/usr/bin/release\"}]}";
    Files.writeString(installed.resolve("a.json"), json("gpu0", links));
    Files.writeString(installed.resolve("b.json"), json("gpu1", "{\"hooks\":[{\"hookName\":\"createContainer\",\"path\":\"/second\",\"timeout\":86400}]}"));
    Hooks hooks = edits("vendor.com/gpu=gpu0", "vendor.com/gpu=gpu1").hooks();
    assertThat(hooks.at(HookStage.CREATE_CONTAINER)).extracting(Hook::path).containsExactly("/usr/bin/vendor-ctk", "/second");
    assertThat(hooks.at(HookStage.CREATE_CONTAINER)).extracting(Hook::timeoutMillis).containsExactly(5000, 90_000);
    Hook first = hooks.at(HookStage.CREATE_CONTAINER).getFirst();
    assertThat(first.args()).containsExactly("vendor-ctk", "create-symlinks");
    assertThat(first.env()).containsExactly("DEBUG=false");
    Hook release = hooks.at(HookStage.POSTSTOP).getFirst();
    assertThat(release.args()).containsExactly("/usr/bin/release");
    assertThat(release.timeoutMillis()).isEqualTo(30_000);
    assertThat(release.env()).singleElement().asString().startsWith("PATH=");
  }

  @Test
  void anAnnotationNamesDevicesToo() throws IOException {
    Files.writeString(installed.resolve("vendor.yaml"), YAML);
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .putAnnotations("cdi.k8s.io/plugin_a", "vendor.com/gpu=gpu1, vendor.com/gpu=gpu0")
            .putAnnotations("other", "vendor.com/gpu=none")
            .build();
    assertThat(devices.edits(config).env()).containsExactly("VENDOR=common", "GPU=1", "GPU=0");
  }

  @Test
  void whatWasPluggedInGoesBeforeWhatIsInstalled() throws IOException {
    Files.writeString(installed.resolve("a.json"), json("gpu0", "{\"env\":[\"FROM=etc\"]}"));
    Files.writeString(plugged.resolve("a.json"), json("gpu0", "{\"env\":[\"FROM=run\"]}"));
    assertThat(edits("vendor.com/gpu=gpu0").env()).containsExactly("FROM=run");
    Files.writeString(plugged.resolve("b.json"), json("gpu0", "{}"));
    refused(ErrorCode.FAILED_PRECONDITION, "cannot be told apart", "vendor.com/gpu=gpu0");
  }

  @Test
  void unknownDevicesAreNamedWithWhatCouldNotBeRead() throws IOException {
    Files.writeString(installed.resolve("broken.json"), "{");
    Files.writeString(installed.resolve("vendor.yaml"), YAML);
    refused(ErrorCode.NOT_FOUND, "broken.json", "vendor.com/gpu=gpu7");
    assertThat(edits("vendor.com/gpu=gpu1").env()).contains("GPU=1");
    refused(ErrorCode.INVALID_ARGUMENT, "config.CDI_devices[0]", "gpu0");
    refused(ErrorCode.INVALID_ARGUMENT, "config.CDI_devices[0]", "vendor.com/gpu=../x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"hooks\":[{\"hookName\":\"createContainer\",\"path\":\"/x\",\"when\":1}]}", "{\"intelRdt\":{\"closID\":\"x\"}}", "{\"surprise\":1}",
      "{\"mounts\":[{\"hostPath\":\"/a\",\"containerPath\":\"/b\",\"type\":\"tmpfs\"}]}", "{\"mounts\":[{\"hostPath\":\"/a\",\"containerPath\":\"/b\",\"options\":[\"suid\"]}]}"})
  void whatThisVersionCannotDoIsRefusedAndNotLeftAway(String edits) throws IOException {
    Files.writeString(installed.resolve("a.json"), json("gpu0", edits));
    refused(ErrorCode.UNIMPLEMENTED, "a.json", "vendor.com/gpu=gpu0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"deviceNodes\":[{\"path\":\"/dev/../etc/passwd\"}]}", "{\"deviceNodes\":[{\"path\":\"dev/x\"}]}", "{\"env\":[\"=x\"]}", "{\"env\":[7]}",
      "{\"mounts\":[{\"hostPath\":\"/a/../..\",\"containerPath\":\"/b\"}]}", "{\"deviceNodes\":[{\"path\":\"/dev/x\",\"fileMode\":99999999999}]}",
      "{\"deviceNodes\":[{\"path\":\"/dev/x\",\"permissions\":\"rwx\"}]}", "{\"env\":[\"A=\\u0000\"]}", "{\"additionalGids\":[-1]}", "[]", "{\"deviceNodes\":[{\"path\":\"/dev/x\",\"uid\":4294967295}]}",
      "{\"hooks\":[{\"hookName\":\"never\",\"path\":\"/x\"}]}", "{\"hooks\":[{\"hookName\":\"poststop\",\"path\":\"x\"}]}",
      "{\"hooks\":[{\"hookName\":\"poststop\",\"path\":\"/x\",\"timeout\":-1}]}", "{\"hooks\":[{\"hookName\":\"poststop\",\"path\":\"/x\",\"env\":[\"A\"]}]}"})
  void wrongEditsAreRefused(String edits) throws IOException {
    Files.writeString(installed.resolve("a.json"), json("gpu0", edits));
    refused(ErrorCode.FAILED_PRECONDITION, "a.json", "vendor.com/gpu=gpu0");
  }

  /** A file that wants to be large, deep or endless is passed over, and says why. */
  @Test
  void hostileFilesHideNothing() throws Exception {
    Files.writeString(installed.resolve("good.yaml"), YAML);
    Files.writeString(installed.resolve("laughs.yaml"), "a: &a [x,x,x,x]\n" + "b: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n".repeat(1) + "kind: *c\n");
    Files.writeString(installed.resolve("deep.yaml"), "[".repeat(100_000));
    Files.writeString(installed.resolve("deep.json"), "[".repeat(100_000));
    Files.write(installed.resolve("large.json"), new byte[CdiSpec.MAX_BYTES + 1]);
    Files.writeString(installed.resolve("twice.json"), json("gpu0", "{}").replace("}]}", "}],\"kind\":\"vendor.com/gpu\"}"));
    Files.createDirectory(installed.resolve("folder.json"));
    Files.createSymbolicLink(installed.resolve("endless.json"), Path.of("/dev/zero"));
    assertThat(edits("vendor.com/gpu=gpu1").env()).containsExactly("VENDOR=common", "GPU=1");
    refused(ErrorCode.NOT_FOUND, "endless.json", "vendor.com/gpu=none");
  }

  @Test
  void slavesAndSharesAreSaidAsTheCriDoes() throws IOException {
    Files.writeString(installed.resolve("a.json"), json("gpu0", "{\"mounts\":[{\"hostPath\":\"/a\",\"containerPath\":\"/b\",\"options\":[\"rslave\"]}]}"));
    assertThat(edits("vendor.com/gpu=gpu0").mounts().getFirst().getPropagation()).isEqualTo(MountPropagation.PROPAGATION_HOST_TO_CONTAINER);
  }

  /** Whatever the bytes are, the answer is a spec or a refusal. */
  @Test
  void mutatedFilesAreReadOrRefused() {
    Random random = new Random(20261121);
    byte[] whole = YAML.getBytes(StandardCharsets.UTF_8);
    for (int round = 0; round < 3000; round++) {
      byte[] bytes = whole.clone();
      for (int change = random.nextInt(4) + 1; change > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      CdiTarget.read(bytes, false);
    }
  }
}
