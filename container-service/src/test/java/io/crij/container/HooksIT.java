package io.crij.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.Json;
import io.crij.core.ObjectId;
import io.crij.cri.CDIDevice;
import io.crij.cri.NamespaceMode;
import io.crij.cri.StopContainerRequest;
import io.crij.helper.UserMapping;
import io.crij.helper.UserNamespaceProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hooks of CDI devices and of the node's operator around containers in the real kernel. */
class HooksIT {
  private RealPod pod;

  @BeforeEach
  void makePod() throws Exception {
    pod = new RealPod(NamespaceMode.CONTAINER, null);
    Files.createDirectory(pod.folder.resolve("seen"));
  }

  @AfterEach
  void end() throws Exception {
    pod.removeAll();
    pod.close();
  }

  /** A script for each stage; the folder of the test's notes is $1. */
  private void device(Consumer<ArrayNode> add) throws IOException {
    ObjectNode spec = Json.OWN.createObjectNode().put("cdiVersion", "0.6.0").put("kind", "vendor.com/gpu");
    ObjectNode device = spec.putArray("devices").addObject().put("name", "gpu0");
    add.accept(device.putObject("containerEdits").putArray("hooks"));
    Files.writeString(pod.folder.resolve("cdi/vendor.json"), spec.toString());
  }

  private void hook(ArrayNode hooks, String stage, int seconds, String script) {
    ObjectNode hook = hooks.addObject().put("hookName", stage).put("path", "/bin/sh").put("timeout", seconds);
    hook.putArray("args").add("sh").add("-c").add(script).add("hook").add(seen("").toString());
    hook.putArray("env").add("PATH=/usr/sbin:/usr/bin:/sbin:/bin").add("FROM=device");
  }

  private Path seen(String name) {
    return pod.folder.resolve("seen").resolve(name);
  }

  private JsonNode state(String name) throws IOException {
    return Json.FOREIGN.readTree(Files.readAllBytes(seen(name)));
  }

  private String create() {
    return pod.create(c -> c.addAllCommand(List.of("sleep", "1000")).addCDIDevices(CDIDevice.newBuilder().setName("vendor.com/gpu=gpu0")).putAnnotations("team", "blue"));
  }

  private void stop(String id) {
    new StopContainer(pod.host).run(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(0).build());
  }

  @Test
  void eachStageRunsWhereItBelongs() throws Exception {
    device(
        hooks -> {
          hook(hooks, "prestart", 10, "cat > $1/prestart; env > $1/env; pwd > $1/cwd");
          hook(
              hooks,
              "createRuntime",
              10,
              "cat > $1/createRuntime; readlink /proc/self/ns/net /proc/self/ns/pid > $1/ns; cat rootfs/data/of-image > $1/root; cp config.json $1; cat rootfs/proc/1/comm rootfs/etc/hostname > $1/mounts");
          hook(hooks, "createContainer", 10, "cat > $1/createContainer; readlink /proc/self/ns/net >> $1/ns2; ln -s /data/of-image rootfs/link; echo gpu > rootfs/etc/gpu");
          hook(hooks, "startContainer", 10, "cat > /dev/shm/startContainer; id -u >> /dev/shm/startContainer");
          hook(hooks, "poststart", 10, "cat > $1/poststart");
          hook(hooks, "poststop", 10, "cat >> $1/poststop");
        });
    String id = create();
    pod.start(id);
    int pid = pod.host.store().get(id).life().pid();
    assertThat(pod.shell(id, "cat /link /etc/gpu")).isEqualTo("keptgpu\n");
    assertThat(pod.shell(id, "cat /dev/shm/startContainer")).contains("\"status\":\"created\"").contains("\"pid\":1,").endsWith("0\n");
    assertThat(pod.shell(id, "cat /proc/self/mountinfo")).doesNotContain("bundle").doesNotContain(pod.folder.toString() + "/layers ");
    for (String stage : List.of("prestart", "createRuntime")) {
      assertThat(state(stage).path("pid").intValue()).isEqualTo(pid);
      assertThat(state(stage).path("status").asText()).isEqualTo("creating");
      assertThat(state(stage).path("annotations").path("team").asText()).isEqualTo("blue");
    }
    assertThat(state("createContainer").path("pid").intValue()).isEqualTo(1);
    assertThat(state("poststart").path("status").asText()).isEqualTo("running");
    Path bundle = Path.of(state("prestart").path("bundle").asText());
    assertThat(Files.readString(seen("cwd"))).isEqualTo(bundle + "\n");
    assertThat(Files.readString(seen("env"))).contains("FROM=device\n").doesNotContain("JAVA").doesNotContain("FROM_IMAGE");
    String node = Files.readSymbolicLink(Path.of("/proc/self/ns/net")) + "\n" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")) + "\n";
    assertThat(Files.readString(seen("ns"))).isEqualTo(node);
    assertThat(Files.readString(seen("ns2"))).isEqualTo(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")) + "\n");
    assertThat(Files.readString(seen("root"))).isEqualTo("kept");
    assertThat(Files.readString(seen("mounts"))).endsWith("pod-host\n");
    JsonNode config = Json.FOREIGN.readTree(Files.readAllBytes(seen("config.json")));
    assertThat(config.path("root").path("path").asText()).isEqualTo(bundle.resolve("rootfs").toString());
    assertThat(config.path("process").path("args").path(0).asText()).isEqualTo("sleep");
    assertThat(config.path("hooks").path("poststop").size()).isEqualTo(1);
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(bundle.toString());
    assertThat(seen("poststop")).doesNotExist();
    stop(id);
    assertThat(state("poststop").path("status").asText()).isEqualTo("stopped");
    assertThat(state("poststop").has("pid")).isFalse();
  }

  private void refused(String words) {
    String id = create();
    long begun = System.nanoTime();
    assertThatThrownBy(() -> pod.start(id))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION))
        .hasMessageContaining(words)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(600));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
    assertThat(pod.status(id).getState()).isEqualTo(io.crij.cri.ContainerState.CONTAINER_EXITED);
    assertThat(pod.status(id).getMessage()).contains(words);
  }

  @Test
  void oneThatFailsIsNamedWithItsLastLineAndThePoststopHooksRun() throws Exception {
    device(
        hooks -> {
          hook(hooks, "createRuntime", 10, "echo first >&2; printf 'no \\033[2Jdriver\\n' >&2; exit 3");
          hook(hooks, "poststop", 10, "echo ran >> $1/poststop");
        });
    refused("createRuntime hook /bin/sh failed (exit code 3): no ?[2Jdriver");
    pod.removeAll();
    assertThat(Files.readString(seen("poststop"))).isEqualTo("ran\n");
    device(
        hooks -> {
          hook(hooks, "createContainer", 10, "echo no library >&2; exit 4");
        });
    refused("createContainer hook /bin/sh failed (exit code 4): no library");
  }

  @Test
  void oneThatHangsOrFloodsIsBounded() throws Exception {
    for (String stage : List.of("createRuntime", "createContainer")) {
      device(
          hooks -> {
            hook(hooks, stage, 1, "sleep 1000 & sleep 1000");
          });
      refused(stage + " hook /bin/sh did not end within 1000 ms and was killed");
      device(
          hooks -> {
            hook(hooks, stage, 30, "head -c 100M /dev/zero >&2; exit 5");
          });
      refused(stage + " hook /bin/sh failed (exit code 5)");
    }
  }

  @Test
  void oneOfAStartThatFailsDoesNotEndWhatRuns() throws Exception {
    device(
        hooks -> {
          hook(hooks, "poststart", 10, "exit 1");
          hook(hooks, "poststop", 10, "exit 1");
        });
    String id = create();
    pod.start(id);
    assertThat(pod.shell(id, "echo lives")).isEqualTo("lives\n");
  }

  /** The daemon was killed while the container ran, and it ended meanwhile. */
  @Test
  void theNextDaemonRunsThePoststopHooksOnce() throws Exception {
    device(
        hooks -> {
          hook(hooks, "poststop", 10, "echo ran >> $1/poststop");
        });
    String id = create();
    pod.start(id);
    pod.deafen();
    pod.monitor.kill(new ObjectId(id), 9);
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (pod.monitor.status().stream().anyMatch(state -> state.running())) {
      assertThat(System.nanoTime()).as("the container ended").isLessThan(end);
      Thread.sleep(10);
    }
    assertThat(seen("poststop")).doesNotExist();
    ContainerHost next = pod.nextHost();
    RemoveContainer removal = new RemoveContainer(next);
    new RecoverContainers(next, removal).run();
    removal.run(io.crij.cri.RemoveContainerRequest.newBuilder().setContainerId(id).build());
    assertThat(Files.readString(seen("poststop"))).isEqualTo("ran\n");
    pod.startNext(pod.nextHost());
  }

  @Test
  void theOperatorsHooksAreForThoseThatTheyName() throws Exception {
    Files.createDirectory(pod.folder.resolve("hooks.d"));
    String hook =
        "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo blue > rootfs/data/colour\"]},\"when\":{\"annotations\":{\"^team$\":\"^blue$\"}},\"stages\":[\"createContainer\"]}";
    Files.writeString(pod.folder.resolve("hooks.d/blue.json"), hook);
    String blue = pod.running(c -> c.putAnnotations("team", "blue"));
    String red = pod.running(c -> c.putAnnotations("team", "red"));
    assertThat(pod.shell(blue, "cat /data/colour")).isEqualTo("blue\n"); // in the volume: it stands there already
    assertThat(pod.exec(red, "cat", "/data/colour").getExitCode()).isEqualTo(1);
    Files.writeString(pod.folder.resolve("hooks.d/blue.json"), hook.replace("data/colour", "tmp/colour"));
    String later = pod.running(c -> c.putAnnotations("team", "blue"));
    assertThat(pod.shell(later, "cat /tmp/colour")).isEqualTo("blue\n");
    Files.writeString(pod.folder.resolve("hooks.d/wrong.json"), "{}");
    assertThatThrownBy(() -> pod.running(c -> c)).isInstanceOf(CriException.class).hasMessageContaining("wrong.json");
  }

  @Test
  void inAUserNamespaceHooksOfTheContainerAreItsRoot() throws Exception {
    try (RealPod mapped = new RealPod(NamespaceMode.CONTAINER, new UserMapping(100_000, 200_000, 65_536))) {
      // Linux before 6.3 maps no owners on a tmpfs, where the lane on an old kernel keeps its scratch.
      Optional<String> missing = UserNamespaceProbe.missing(mapped.spawn, RealPod.CRIJ_POD.toRealPath(), mapped.folder);
      assumeTrue(missing.isEmpty(), () -> "no user namespaces for pods here: " + missing.orElseThrow());
      Files.createDirectory(mapped.folder.resolve("hooks.d"));
      Files.writeString(
          mapped.folder.resolve("hooks.d/a.json"),
          "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat config.json > rootfs/tmp/config; id -u > rootfs/tmp/who; stat -c %u config.json >> rootfs/tmp/who\"]},\"when\":{\"always\":true},\"stages\":[\"createContainer\"]}");
      String id = mapped.running(c -> c);
      assertThat(mapped.shell(id, "cat /tmp/who; stat -c %u /tmp/who")).isEqualTo("0\n0\n0\n");
      assertThat(mapped.shell(id, "cat /tmp/config")).contains("\"ociVersion\"");
      mapped.removeAll();
    }
  }
}
